#include <baker/sdk/error.h>
#include <gmock/gmock.h>

#include "boot_unit.h"
#include "bridge.h"

namespace baker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

const Bridge kBridge{"kafka0", "kraft3", Subnet::from("10.88.0.1/24")};

Link finished_bridge() {
  return {.name = "kafka0",
          .kind = "bridge",
          .alias = "baker:kraft3",
          .mac = kBridge.mac(),
          .up = true,
          .forwards_at_once = true,
          .addresses = {*kBridge.address}};
}

TEST(SubnetTest, OverlapsWithWhatSharesAnAddress) {
  const Subnet subnet = Subnet::from("10.88.0.1/24");
  EXPECT_TRUE(subnet.overlaps(Subnet::from("10.88.0.200/32")));
  EXPECT_TRUE(subnet.overlaps(Subnet::from("10.99.0.1/8")));
  EXPECT_FALSE(subnet.overlaps(Subnet::from("10.88.1.1/24")));
}

TEST(SubnetTest, RefusesWhatIsNoAddress) {
  for (const char* text : {"10.88.0.1", "10.88.0.256/24", "10.88.0.1/33", "10.88.0.1/0", "/24"})
    EXPECT_THROW(Subnet::from(text), StageError) << text;
}

TEST(LinkTest, IsReadFromWhatIpPrints) {
  const auto links = links_in(R"([{}, {"ifname": "kafka0", "flags": ["BROADCAST", "UP"],
    "address": "02:00:00:00:00:01", "ifalias": "baker:kraft3",
    "linkinfo": {"info_kind": "bridge", "info_data": {"stp_state": 0, "forward_delay": 0}},
    "addr_info": [{"family": "inet6", "local": "fe80::1", "prefixlen": 64},
                  {"family": "inet", "local": "10.88.0.1", "prefixlen": 24}]}])");
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].kind, "bridge");
  EXPECT_EQ(links[0].alias, "baker:kraft3");
  EXPECT_TRUE(links[0].up);
  EXPECT_TRUE(links[0].forwards_at_once);
  EXPECT_THAT(links[0].addresses, ElementsAre(Subnet::from("10.88.0.1/24")));
}

TEST(LinkTest, SaysThatItCanNotReadSomethingElse) {
  EXPECT_THAT([] { links_in("Object \"address\" is unknown"); },
              ThrowsMessage<StageError>(HasSubstr("what baker can't read")));
}

TEST(BridgeTest, NothingIsLeftToDoForAFinishedOne) {
  EXPECT_THAT(lines_to_make(kBridge, {finished_bridge()}, true), IsEmpty());
}

TEST(BridgeTest, IsMarkedRightAfterItWasMade) {
  EXPECT_THAT(
      lines_to_make(kBridge, {}, true),
      ElementsAre(
          "link add kafka0 address " + kBridge.mac() + " type bridge stp_state 0 forward_delay 0",
          "link set kafka0 alias baker:kraft3", "address add 10.88.0.1/24 dev kafka0",
          "link set kafka0 addrgenmode none", "link set kafka0 up"));
}

TEST(BridgeTest, TheMakingGoesOnWhereItWasInterrupted) {
  Link link = finished_bridge();
  link.up = false;
  EXPECT_THAT(lines_to_make(kBridge, {link}, false), ElementsAre("link set kafka0 up"));
  link.addresses.clear();
  link.alias.clear();
  EXPECT_THAT(lines_to_make(kBridge, {link}, false),
              ElementsAre("link set kafka0 alias baker:kraft3",
                          "address add 10.88.0.1/24 dev kafka0", "link set kafka0 up"));
}

TEST(BridgeTest, TheSameNameOfAnotherOwnerIsNotOurs) {
  Link link = finished_bridge();
  link.alias = "baker:other";
  EXPECT_THAT([&] { lines_to_make(kBridge, {link}, true); },
              ThrowsMessage<StageError>(HasSubstr("belongs to \"other\"")));
  EXPECT_THAT(lines_to_remove(kBridge, {link}), IsEmpty());
}

TEST(BootUnitTest, MakesTheBridgeBeforeItStartsMachines) {
  EXPECT_EQ(boot_unit_name(kBridge), "baker-kafka0.service");
  EXPECT_EQ(boot_unit_text(kBridge, {"link add kafka0 type bridge", "link set kafka0 up"},
                           {"node1", "node2"}),
            R"(# Written by baker for "kraft3"; the next `baker up` undoes changes.
[Unit]
Description=Network and machines of kraft3
Wants=network.target
Before=network.target
Wants=systemd-nspawn@node1.service
Wants=systemd-nspawn@node2.service

[Service]
Type=oneshot
ExecStart=ip link add kafka0 type bridge
ExecStart=ip link set kafka0 up

[Install]
WantedBy=machines.target
)");
}

TEST(BootUnitTest, BelongsToWhomItWasWrittenFor) {
  const std::string text = boot_unit_text(kBridge, {}, {});
  EXPECT_TRUE(is_boot_unit_of(kBridge, text));
  EXPECT_FALSE(is_boot_unit_of({"kafka0", "kraft3-b", {}}, text));
  EXPECT_FALSE(is_boot_unit_of(kBridge, "[Unit]\n"));
}

}  // namespace
}  // namespace baker::testing
