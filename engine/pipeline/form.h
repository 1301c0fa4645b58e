// What a text option has to look like beyond its type. Descriptors name a form where a pattern
// could not say it, or would not say it well.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace baker {

enum class Form {
  kRootPath,     // "root-path": absolute, inside the root
  kHostPath,     // "host-path": absolute, on the host
  kMode,         // "mode": permissions in octal, as 0644
  kAddress,      // "address": IPv4, as 10.88.0.11
  kInterface,    // "interface-address": IPv4 with the length of its prefix, as 10.88.0.11/24
  kMachineName,  // "machine-name": a host name without dots, as kafka-node1
  kPlace,        // "place": how the machine's tree comes to lie in its place, as mount
};

std::optional<Form> form_named(const std::string& name);
std::vector<std::string> form_names();

// How a machine's tree can be asked to come to lie in its place.
const std::vector<std::string>& place_words();

// What is wrong with a text of this form, with an example of a right one; empty where nothing is.
std::string mistake_in(Form form, const std::string& text);

}  // namespace baker
