// The load of the benchmark: load BROKERS TOPIC MESSAGES-PER-SECOND. Says "ready" once messages are
// acknowledged, goes on until its input ends, and says what became of them in one line of JSON.
#include <cstdlib>
#include <exception>
#include <iostream>

#include "tests/support/kafka_load.h"

namespace {

void run(const baker::testing::KafkaLoadSettings& settings) {
  baker::testing::KafkaLoad load(settings);
  std::cout << "ready" << std::endl;
  while (std::cin.get() != EOF) {
  }
  const baker::testing::LoadFigures figures = load.finish();
  std::cout << "{\"sent\": " << figures.sent << ", \"acknowledged\": " << figures.acknowledged
            << ", \"lost\": " << figures.lost << ", \"out_of_order\": " << figures.out_of_order
            << ", \"silence_ms\": " << figures.longest_silence.count() << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    run({argv[1], argv[2], std::atoi(argv[3])});
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
