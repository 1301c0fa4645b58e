// The part of {fmt} that is no template, compiled once. Debian has it as a shared library alone,
// which takes longer to load than a run with nothing to do has for it; and compiled into each file
// it doubles the time of a build.
#define FMT_HEADER_ONLY
#include <fmt/format.h>

namespace {

// Used, so that the compiler keeps them: all that <fmt/core.h> declares and does not define.
[[gnu::used]] const auto kVformat =
    static_cast<std::string (*)(fmt::string_view, fmt::format_args)>(&fmt::vformat);
[[gnu::used]] const auto kAssertFail = &fmt::detail::assert_fail;
[[gnu::used]] const auto kThrowFormatError = &fmt::detail::throw_format_error;

}  // namespace
