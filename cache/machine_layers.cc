#include "cache/machine_layers.h"

#include "engine/base/digest.h"
#include "engine/base/text.h"
#include "engine/io/files.h"
#include "engine/io/hasher.h"

namespace baker {

void note_machine_layers(const std::string& store, const std::string& machine,
                         const std::set<std::string>& layers) {
  const std::string path = store + "/machines/" + digest_of(machine).hex();
  if (layers.empty()) return remove_file(path);
  std::string text = "baker-machine-layers-1\nmachine " + percent_encode(machine) + "\n";
  for (const std::string& layer : layers) text += "layer " + layer + "\n";
  if (read_regular_file(path) == text) return;
  make_directories(store + "/machines");
  write_file_atomically(path, text, 0644, false);
}

std::set<std::string> layers_of_machines(const std::string& store) {
  std::set<std::string> layers;
  for (const std::string& name : list_directory(store + "/machines")) {
    if (!Digest::from_hex(name)) continue;  // half of one that somebody writes
    const std::string text = read_regular_file(store + "/machines/" + name).value_or("");
    for (const std::string& line : split(text, '\n'))
      if (line.starts_with("layer ")) layers.insert(line.substr(6));
  }
  return layers;
}

}  // namespace baker
