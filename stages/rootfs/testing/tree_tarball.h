// Small root file systems, written down where they are used.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace baker::testing {

// Path without a leading slash, and content.
using Tree = std::map<std::string, std::string>;

// A tarball of these files, owned by root; tar chooses the compression by the name's ending.
std::filesystem::path make_tarball(const std::filesystem::path& tarball, const Tree& tree);

std::string sha256_of(const std::filesystem::path& file);
std::string content_of(const std::filesystem::path& file);
void write_content(const std::filesystem::path& file, const std::string& content);

// run_program, with a failure of the program as a failure of the test.
std::string run_or_throw(const std::vector<std::string>& argv);

}  // namespace baker::testing
