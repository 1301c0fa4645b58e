// How what lies in a machine's place is known again.
#pragma once

#include <string>

namespace baker {

// Both throw Error where what is there can't be looked at.

// Tells a tree from any other that is put in its place; empty where there is none. Inode numbers
// are used again, birth times are not, nor are generations, where there is no time; every subvolume
// has the same inode number, and a snapshot the birth time of its source. What a running machine
// does inside does not change it, nor does a boot, as it does the number of a device.
std::string tree_identity(const std::string& path);

// Tells whether a file was touched since; empty where there is none.
std::string file_signature(const std::string& path);

}  // namespace baker
