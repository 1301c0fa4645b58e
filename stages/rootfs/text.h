// Small things about text that several kinds of sources need.
#pragma once

#include <string>

namespace baker::rootfs {

std::string lower_case(std::string text);  // of ASCII

// A field of os-release(5), without its quotes; empty where it is not there.
std::string os_release_field(const std::string& text, const std::string& name);

}  // namespace baker::rootfs
