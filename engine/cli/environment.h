// The environment that baker and all that it starts live in.
#pragma once

namespace baker {

// Takes away whatever the caller has set, apart from what docs/how-to.md lists: an option of
// tar, a locale or a date must not change what is baked. To be called before there are threads.
void keep_known_variables();

}  // namespace baker
