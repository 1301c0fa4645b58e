// Who uses a store is known also while somebody writes it down, and after a kill in the middle of
// that.
#include "cache/store_uses.h"

#include <gmock/gmock.h>

#include "cache/machine_layers.h"
#include "tests/support/workbench.h"

namespace baker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class StoreUsesTest : public ::testing::Test {
 protected:
  static constexpr const char* kHalf =
      ".0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.next";

  std::string store() const { return bench_.path(); }

  const testing::Workbench bench_;
};

TEST_F(StoreUsesTest, AreThoseThatWereNotedWhole) {
  note_use(store(), {.state = "/state/web", .states = {}, .lock_file = "/web.lock.toml"});
  bench_.write(std::string("uses/") + kHalf, "baker-us");
  const StoreUses uses = uses_of_store(store());
  EXPECT_THAT(uses.uses, SizeIs(1));
  EXPECT_THAT(uses.damaged, IsEmpty());
}

TEST_F(StoreUsesTest, OfAMachineAreItsLayersUntilItIsGone) {
  note_machine_layers(store(), "web", {"one"});
  bench_.write(std::string("machines/") + kHalf, "baker-machine-layers-1\nlayer half\n");
  EXPECT_THAT(layers_of_machines(store()), ElementsAre("one"));
  note_machine_layers(store(), "web", {});
  EXPECT_THAT(layers_of_machines(store()), IsEmpty());
}

}  // namespace
}  // namespace baker
