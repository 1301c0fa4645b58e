// What a root says that it is, in its os-release(5).
#pragma once

#include <string>

namespace baker::rootfs {

// A field of it, without its quotes; empty where it is not there.
std::string os_release_field(const std::string& text, const std::string& name);

}  // namespace baker::rootfs
