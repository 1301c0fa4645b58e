// A ledger that finds nothing proves nothing: here it is given all that can go wrong.
#include "tests/support/load_ledger.h"

#include <gmock/gmock.h>

namespace baker::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

LoadLedger::Time at(int milliseconds_after_start) {
  return LoadLedger::Time(milliseconds(1000 + milliseconds_after_start));
}

class LoadLedgerTest : public ::testing::Test {
 protected:
  // All acknowledged, a millisecond after the other.
  void send(int count, int partition = 0) {
    for (int i = 0; i < count; ++i) {
      const std::int64_t number = ledger_.next_number(partition);
      ledger_.send(partition);
      ledger_.acknowledge(partition, number, at(time_++));
    }
  }
  void read(const std::vector<std::int64_t>& numbers, int partition = 0) {
    for (std::int64_t number : numbers) ledger_.read(partition, offset_++, number);
  }

  LoadLedger ledger_{2};
  int time_ = 0;
  std::int64_t offset_ = 0;
};

TEST_F(LoadLedgerTest, FindsNothingWhereAllIsWell) {
  send(3);
  send(2, 1);
  read({0, 1});
  read({0, 1}, 1);
  read({2});
  const LoadFigures figures = ledger_.figures();
  EXPECT_EQ(figures.sent, 5);
  EXPECT_EQ(figures.acknowledged, 5);
  EXPECT_EQ(figures.read, 5);
  EXPECT_EQ(
      figures.failed + figures.lost + figures.duplicated + figures.out_of_order + figures.strangers,
      0);
}

TEST_F(LoadLedgerTest, KnowsWhetherEachPartitionHasAcknowledged) {
  send(3);
  EXPECT_FALSE(ledger_.each_partition_has_acknowledged());
  send(1, 1);
  EXPECT_TRUE(ledger_.each_partition_has_acknowledged());
}

TEST_F(LoadLedgerTest, FindsWhatIsLost) {
  send(4);
  read({0, 2});
  EXPECT_EQ(ledger_.figures().lost, 2);
  EXPECT_EQ(ledger_.figures().read, 2);
}

TEST_F(LoadLedgerTest, DoesNotCallLostWhatWasNeverAcknowledged) {
  ledger_.send(0);
  ledger_.send(0);
  ledger_.fail();
  const LoadFigures figures = ledger_.figures();
  EXPECT_EQ(figures.lost, 0);
  EXPECT_EQ(figures.failed, 1);
  EXPECT_EQ(figures.acknowledged, 0);
}

TEST_F(LoadLedgerTest, KnowsThatAConsumerMayBeFasterThanTheAcknowledgement) {
  ledger_.send(0);
  read({0});
  ledger_.acknowledge(0, 0, at(1));
  EXPECT_EQ(ledger_.figures().lost, 0);
  EXPECT_EQ(ledger_.figures().read, 1);
}

TEST_F(LoadLedgerTest, FindsWhatCameTwice) {
  send(3);
  read({0, 1, 1, 2, 0});
  EXPECT_EQ(ledger_.figures().duplicated, 2);
  EXPECT_EQ(ledger_.figures().out_of_order, 0);
  EXPECT_EQ(ledger_.figures().read, 3);
}

TEST_F(LoadLedgerTest, TellsWhatTheLogHoldsTwiceFromWhatTheConsumerWasGivenTwice) {
  send(1);
  ledger_.read(0, 7, 0);
  ledger_.read(0, 7, 0);
  EXPECT_EQ(ledger_.figures().read_again, 1);
  EXPECT_EQ(ledger_.figures().duplicated, 0);

  ledger_.read(0, 8, 0);
  EXPECT_EQ(ledger_.figures().duplicated, 1);
  EXPECT_EQ(ledger_.figures().first_duplicate,
            "message 0 of partition 0 is in the log at offsets 7 and 8");
}

TEST_F(LoadLedgerTest, FindsWhatWasOvertaken) {
  send(4);
  read({2, 0, 1, 3});
  EXPECT_EQ(ledger_.figures().out_of_order, 2);
  EXPECT_EQ(ledger_.figures().lost, 0);
}

TEST_F(LoadLedgerTest, FindsAnOffsetThatWasUsedAgain) {
  send(2);
  ledger_.read(0, 7, 0);
  ledger_.read(0, 7, 1);
  EXPECT_EQ(ledger_.figures().out_of_order, 1);
}

TEST_F(LoadLedgerTest, OrdersEachPartitionForItself) {
  send(2);
  send(1, 1);
  read({0, 1});
  read({0}, 1);
  EXPECT_EQ(ledger_.figures().out_of_order, 0);
}

TEST_F(LoadLedgerTest, FindsWhatNobodySent) {
  send(1);
  read({0, 1, -1});
  EXPECT_EQ(ledger_.figures().strangers, 2);
}

TEST_F(LoadLedgerTest, MeasuresSilenceOfAllAndOfAPartition) {
  for (int i = 0; i < 2; ++i) ledger_.send(0);
  for (int i = 0; i < 3; ++i) ledger_.send(1);
  ledger_.acknowledge(0, 0, at(0));
  ledger_.acknowledge(1, 0, at(100));
  ledger_.acknowledge(1, 1, at(350));
  ledger_.acknowledge(1, 2, at(400));
  ledger_.acknowledge(0, 1, at(500));
  EXPECT_EQ(ledger_.figures().longest_silence, milliseconds(250));
  EXPECT_EQ(ledger_.figures().longest_silence_of_a_partition, milliseconds(500));
  EXPECT_THAT(text_of(ledger_.figures()), HasSubstr("250 ms, of one partition 500 ms"));
}

}  // namespace
}  // namespace baker::testing
