#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace baker {

// Of a file of the host; empty where it can't be read.
inline std::string host_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace baker
