// The whole SDK: include this, derive from LayerStage or HostStage, and end the file with
// BAKER_STAGE(YourStage). docs/plugin-guide.md walks through an example.
#pragma once

#include <baker/sdk/error.h>
#include <baker/sdk/host.h>
#include <baker/sdk/network.h>
#include <baker/sdk/options.h>
#include <baker/sdk/root.h>
#include <baker/sdk/stages.h>

#include <baker/sdk/export.h>
