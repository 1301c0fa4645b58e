// baker-machine-supervisor FOLDER MACHINES-FOLDER MACHINE COMMAND…
//
// Stays beside a machine that baker has started where no systemd does. FOLDER has the files that
// supervision.h tells of.
#include "engine/base/error.h"
#include "engine/machines/supervisor/supervisor.h"

#include <cstdio>
#include <exception>

int main(int count, char** arguments) {
  constexpr int kCommand = 4;
  if (count <= kCommand) {
    std::fputs("baker starts this program; it is of no use by itself\n", stderr);
    return 2;
  }
  try {
    baker::supervise({.machine = arguments[3],
                      .machines_folder = arguments[2],
                      .files = baker::supervision_paths(arguments[1], arguments[3]),
                      .nspawn = {arguments + kCommand, arguments + count}});
    return 0;
  } catch (const baker::Error& error) {
    std::fprintf(stderr, "%s\n", error.describe().c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 1;
}
