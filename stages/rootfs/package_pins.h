// The packages that a root was made of, as pins: name, version, architecture.
#pragma once

#include <baker/stage.h>

#include <string>

namespace baker::rootfs {

// From lines of `name version architecture`.
Pins package_pins(const std::string& list);

// Preferences of apt that choose exactly the pinned versions. Pins of other kinds are passed over.
std::string preferences_for(const Pins& pins);

// "apt 2.6.1 → 2.6.2, gzip 1.12-1 is not among them", shortened where there are many; empty where
// `made` has all that is pinned.
std::string differences(const Pins& pinned, const Pins& made);

}  // namespace baker::rootfs
