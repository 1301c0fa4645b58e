/* The binary border between baker-stage-runner and a stage plugin: plain C, so that a plugin may be
 * built by any compiler, with any standard library.
 *
 * Conventions
 *   - Nothing is owned across the border: every text is borrowed for the time of the call.
 *   - Nothing is thrown across the border: a call returns a baker_status, and on anything but
 *     BAKER_OK the reply holds a message for a person instead of a result.
 *   - Options, pins, arguments and results are JSON (UTF-8). File content is a payload of bytes.
 *   - Structs grow at their end only; struct_size tells the other side how much there is.
 *
 * History of BAKER_ABI_VERSION, one line per change that an older runner or plugin can't ignore:
 *   1  first version
 */
#ifndef BAKER_ABI_H
#define BAKER_ABI_H

#include <stddef.h>
#include <stdint.h>

#define BAKER_ABI_VERSION 1u

#ifdef __cplusplus
extern "C" {
#endif

enum baker_status {
  BAKER_OK = 0,
  BAKER_FAILED = 1,
  BAKER_UNREACHABLE = 2 /* a source in the outside world did not answer: another one may be tried */
};

typedef struct baker_text {
  const char* data; /* not terminated */
  size_t size;
} baker_text;

typedef struct baker_reply {
  void* to;
  void (*append)(void* to, const char* data, size_t size);
} baker_reply;

/* What the runner offers a plugin. `method` is one of the names in docs/plugin-guide.md. */
typedef struct baker_runner {
  uint32_t struct_size;
  void* self;
  int (*call)(void* self, const char* method, baker_text arguments, baker_text payload,
              baker_reply reply);
} baker_runner;

/* What a plugin offers the runner. `step` is resolve, fetch, run, apply, remove, review, probe,
 * observe, exercise or finalize; a plugin answers a step that it does not have with BAKER_FAILED.
 */
typedef struct baker_plugin {
  uint32_t abi_version; /* always first, whatever else changes */
  uint32_t struct_size;
  int (*perform)(const char* step, baker_text request, const baker_runner* runner,
                 baker_reply reply);
} baker_plugin;

/* The one symbol that a plugin exports. The struct lives as long as the plugin is loaded. */
#define BAKER_PLUGIN_ENTRY "baker_plugin_entry"
typedef const baker_plugin* (*baker_plugin_entry_function)(void);

#ifdef __cplusplus
}
#endif
#endif
