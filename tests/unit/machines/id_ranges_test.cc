// The ids that the users of machines have on the host.
#include "engine/machines/id_ranges.h"

#include "engine/base/error.h"
#include "engine/io/id_map.h"

#include <gtest/gtest.h>

namespace baker {
namespace {

constexpr std::uint32_t kFirst = 0x00080000, kLast = 0x6FFF0000;  // systemd.io/UIDS-GIDS

TEST(IdRangesTest, AreThoseThatSystemdLeavesToContainers) {
  for (const char* machine : {"a", "kafka-node1", "another"}) {
    const std::uint32_t first = free_ids(machine, {});
    EXPECT_GE(first, kFirst);
    EXPECT_LE(first, kLast);
    EXPECT_EQ(first % kIdsOfAMachine, 0U);
  }
}

TEST(IdRangesTest, AreTheSameForTheSameMachine) {
  EXPECT_EQ(free_ids("m", {}), free_ids("m", {}));
}

TEST(IdRangesTest, AreNobodyElses) {
  std::set<std::uint32_t> taken;
  for (int machine = 0; machine < 100; ++machine)
    EXPECT_TRUE(taken.insert(free_ids("m", taken)).second);
}

TEST(IdRangesTest, CanRunOut) {
  std::set<std::uint32_t> taken;
  for (std::uint32_t first = kFirst; first <= kLast; first += kIdsOfAMachine) taken.insert(first);
  EXPECT_THROW(free_ids("m", taken), Error);
}

}  // namespace
}  // namespace baker
