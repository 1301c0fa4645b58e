// Files and folders of root's that a group may read. All throw StageError where the host refuses.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace baker::tls_authority {

// Empty where there is no such file.
std::string read_key_file(const std::filesystem::path& file);

// It belongs to root and `group` then, and has `mode`.
void give_key_folder(const std::filesystem::path& folder, gid_t group, mode_t mode);

// Written beside it, brought to the disk and put in its place: it is never seen in half, nor by
// others.
void write_key_file(const std::filesystem::path& file, const std::string& text, gid_t group,
                    mode_t mode);
// Of a file that stays as it is.
void give_key_file(const std::filesystem::path& file, gid_t group, mode_t mode);

}  // namespace baker::tls_authority
