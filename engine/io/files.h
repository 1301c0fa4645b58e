// Plain files and folders of the host, by path.
#pragma once

#include "engine/io/unique_fd.h"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace baker {

// Nothing where there is no such file, also where it vanishes while it is read, as files of cgroups
// and processes do; throws Error where it can't be read, as a pipe, which nobody may ever write to.
std::optional<std::string> read_file_if_exists(const std::string& path);
// Nothing, either, where something else lies there, as a pipe, a folder, or more than a gigabyte.
std::optional<std::string> read_regular_file(const std::string& path);
// Throws Error, also where there is no such file.
std::string read_file(const std::string& path);

// The new content appears under `path` with one rename. Where `durable`, it is on the disk on
// return. Waits while somebody else writes it. A kill may leave .NAME.next beside NAME, which the
// next write removes. Throws Error.
void write_file_atomically(const std::string& path, std::string_view content, mode_t mode = 0644,
                           bool durable = true);

// Reads a descriptor to its end, and waits for it; try_read_all gives nothing, and errno, where it
// can't, and read_all throws Error.
std::string read_all(int fd);
std::optional<std::string> try_read_all(int fd);
// Where a symlink leads. Throws Error where it is none.
std::string link_target(const std::string& path);
// `path` is for messages. Waits while a pipe is full. Throws Error.
void write_all(int fd, std::string_view content, const std::string& path);

// Waits until what was made, renamed and removed in the folder is on the disk. Throws Error.
void sync_folder(const std::string& path);
// Waits until all that anybody wrote to the file system that the folder lies on is on the disk.
// Throws Error where that fails.
void sync_file_system(const std::string& folder);

// `mode` is for the last folder; missing parents get 0755. Throws Error, also where something else
// is in the way. Syncs nothing.
void make_directories(const std::string& path, mode_t mode = 0755);
// False where one of them can't be looked at.
bool on_one_file_system(const std::string& a, const std::string& b);
// Whether a call that failed with this errno says that there is nothing at the path, or nothing
// that this user may see; any other says nothing of it.
bool says_nothing_to_see(int error);
// Both throw Error where the file system does not answer.
bool is_directory(const std::string& path);
bool path_exists(const std::string& path);  // a dangling symlink exists, too
// Throws Error where it can't be removed; absence is fine. Syncs nothing.
void remove_file(const std::string& path);
std::vector<std::string> list_directory(const std::string& path);  // sorted; empty where absent

std::string absolute_path(
    const std::string& path);  // against the working directory, `.` and `..` folded
std::string parent_path(const std::string& path);

// Close on exec is always set. Throws Error, also where the file is absent.
UniqueFd open_or_throw(const std::string& path, int flags, mode_t mode = 0);

}  // namespace baker
