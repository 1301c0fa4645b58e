// Templates of the `files` stage: `${name}` is replaced by a value, `$${` stands for a plain `${`.
#pragma once

#include <map>
#include <string>

namespace baker {

// `name` is what messages call the template. Throws StageError with the line of a `${` that is not
// closed, or whose name has no value.
std::string fill_template(const std::string& text, const std::map<std::string, std::string>& values,
                          const std::string& name);

}  // namespace baker
