// What a machine prints on its console, in a file: the beginning and the end of it, however much
// there is between them.
#pragma once

#include <string>

namespace baker {

// Gives the room of what lies between back to the disk once there is more than a megabyte. Does
// nothing where the file system can't do that. The file seems as long as before.
void trim_console(int console);

// The last of it, up to 256 KiB. Empty where there is no such file. Throws Error.
std::string end_of_console(const std::string& path);

}  // namespace baker
