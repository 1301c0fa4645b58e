// From apt's plan to pins.
#pragma once

#include "apt_output.h"
#include "package_pin.h"

#include <string>
#include <vector>

namespace baker::apt {

// The name in a request: "foo" of "foo=1.0", "foo/suite" and "foo:arch".
std::string name_of_request(const std::string& request);

// One package for each step of the plan that unpacks or removes, in apt's order, and one for each
// that is only to be marked. `requests` are what the pipeline asks for. Throws StageError where a
// package has no address, no SHA-256, or comes from no known repository.
std::vector<PackagePin> pin_plan(const Plan& plan, const std::vector<PackageUri>& uris,
                                 const std::vector<Repository>& repositories,
                                 const std::vector<std::string>& requests);

}  // namespace baker::apt
