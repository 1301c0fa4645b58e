#include "engine/io/program_answer.h"

#include "engine/io/files.h"
#include "engine/io/process.h"

#include <fcntl.h>

namespace baker {

ProgramAnswer ask_program(const std::vector<std::string>& command) {
  const UniqueFd nothing = open_or_throw("/dev/null", O_RDONLY);
  Pipe output = make_pipe();
  Process process(
      {.argv = command,
       .environment = std::nullopt,
       .directory = "/",
       .descriptors = {
           {nothing.get(), 0}, {output.write_end.get(), 1}, {output.write_end.get(), 2}}});
  output.write_end.reset();
  ProgramAnswer answer;
  answer.text = read_all(output.read_end.get());
  while (answer.text.ends_with('\n')) answer.text.pop_back();
  answer.status = process.wait().as_shell_status();
  return answer;
}

}  // namespace baker
