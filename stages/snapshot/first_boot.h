// What every machine must have of its own and Debian makes only while a package is installed: it is
// made when the machine first starts.
#pragma once

#include <baker/stage.h>

namespace baker::snapshot {

// A unit that makes what the root lacks: ssh host keys, ssl-cert's certificate, the name of an NVMe
// host. None where it lacks nothing, as where a stage has put them there.
void have_identities_made(Root& root);

}  // namespace baker::snapshot
