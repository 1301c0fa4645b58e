// The two forms of an OpenPGP keyring that apt reads. It knows them by the ending of the file.
#pragma once

#include <string>

namespace baker {

// ".asc" for an armored one, ".gpg" for a binary one; empty: the content is no keyring.
std::string keyring_ending(const std::string& content);

}  // namespace baker
