// Kafka's releases, as far as going from one to another is concerned.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace baker::kafka_probe {

// Major and minor version: what a metadata.version belongs to.
using Release = std::pair<int, int>;

// Of "4.3.1", "4.3" or "4.3-IV0".
std::optional<Release> release_of(const std::string& version);
// Whether 4.0.9 is older than 4.0.10; false where one of them is no version.
bool is_older(const std::string& version, const std::string& other);
// "4.3"
std::string release_name(const Release& release);
// What `kafka-features.sh upgrade` of that release takes to raise the features to it.
std::string upgrade_option(const Release& release);

// The finalised metadata.version in what `kafka-features.sh describe` prints, as "4.3-IV0".
std::optional<std::string> finalized_in(const std::string& description);

}  // namespace baker::kafka_probe
