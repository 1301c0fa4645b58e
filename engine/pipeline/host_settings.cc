#include "engine/pipeline/host_settings.h"

#include "engine/io/files.h"
#include "engine/pipeline/form.h"
#include "engine/pipeline/toml_value.h"

namespace baker {

HostSettings read_host_settings(const std::string& file) {
  HostSettings settings;
  const std::optional<std::string> text = read_file_if_exists(file);
  if (!text) return settings;
  Diagnostics diagnostics(file);
  const toml::table table = parse_toml(*text, file);
  TableReader reader(table, "the host's settings", diagnostics);
  settings.place = reader.string("place").value_or("");
  const std::string mistake =
      settings.place.empty() ? "" : mistake_in(Form::kPlace, settings.place);
  if (!mistake.empty())
    diagnostics.add(reader.key_position("place"),
                    "`place` is \"" + settings.place + "\": " + mistake);
  reader.finish();
  diagnostics.throw_if_any();
  return settings;
}

}  // namespace baker
