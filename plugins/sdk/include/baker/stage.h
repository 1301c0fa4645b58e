// The whole SDK. Include this, derive from LayerStage, HostStage or ProbeStage, and end the file
// with BAKER_STAGE(YourStage). docs/plugin-guide.md walks through an example.
//
// What holds for every call:
//   - It blocks until it is done. The stage's `timeout` bounds the step as a whole.
//   - It throws StageError, whose text says what was being done and why it failed. Uncaught, the
//     text ends the step and reaches the user.
//   - Paths, text and content are bytes; what goes into JSON (options, pins, replies, commands)
//   must
//     be UTF-8.
//   - One call at a time: threads of a plugin have to take turns.
#pragma once

#include <baker/sdk/error.h>
#include <baker/sdk/host.h>
#include <baker/sdk/network.h>
#include <baker/sdk/options.h>
#include <baker/sdk/root.h>
#include <baker/sdk/stages.h>

#include <baker/sdk/export.h>
