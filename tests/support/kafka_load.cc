#include "tests/support/kafka_load.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace baker::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kPartitions = 3;
constexpr int kReplicas = 3;
constexpr size_t kMessageSize = 100;
constexpr milliseconds kTick(10);
// Messages are gathered for so long, or three JVMs on two cores do little but take requests in.
constexpr const char* kLinger = "200";
constexpr milliseconds kPoll(100);
constexpr seconds kPatience(180);  // however busy the host is

template <auto destroy>
struct Destroy {
  template <typename T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using Handle = std::unique_ptr<rd_kafka_t, Destroy<rd_kafka_destroy>>;
using Topic = std::unique_ptr<rd_kafka_topic_t, Destroy<rd_kafka_topic_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, Destroy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, Destroy<rd_kafka_event_destroy>>;
using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, Destroy<rd_kafka_NewTopic_destroy>>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, Destroy<rd_kafka_metadata_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, Destroy<rd_kafka_message_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t,
                                   Destroy<rd_kafka_topic_partition_list_destroy>>;

using Delivered = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void*);

// A client that is left alone for long still meets a restarted broker soon; all else is as
// librdkafka has it.
std::map<std::string, std::string> common_settings(const std::string& brokers) {
  return {{"bootstrap.servers", brokers}, {"reconnect.backoff.max.ms", "500"}, {"log_level", "0"}};
}

Handle client(rd_kafka_type_t type, std::map<std::string, std::string> settings, void* opaque,
              Delivered delivered = nullptr) {
  char reason[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), reason, sizeof reason) !=
        RD_KAFKA_CONF_OK)
      throw std::runtime_error(reason);
  }
  // Newer ones wait for their metrics when they are closed (KIP-714); older ones don't know this.
  rd_kafka_conf_set(conf, "enable.metrics.push", "false", nullptr, 0);
  rd_kafka_conf_set_opaque(conf, opaque);
  if (delivered) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  Handle handle(rd_kafka_new(type, conf, reason, sizeof reason));
  if (!handle) throw std::runtime_error(reason);
  return handle;
}

void make_topic(rd_kafka_t* handle, const std::string& name) {
  char reason[512];
  const NewTopic topic(
      rd_kafka_NewTopic_new(name.c_str(), kPartitions, kReplicas, reason, sizeof reason));
  const Queue answers(rd_kafka_queue_new(handle));
  rd_kafka_NewTopic_t* topics[] = {topic.get()};
  rd_kafka_CreateTopics(handle, topics, 1, nullptr, answers.get());
  const Event event(
      rd_kafka_queue_poll(answers.get(), static_cast<int>(milliseconds(kPatience).count())));
  if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error("topic " + name + " can't be made: " +
                             (event ? rd_kafka_event_error_string(event.get()) : "no answer"));
}

bool has_all_leaders(rd_kafka_t* handle, rd_kafka_topic_t* topic) {
  const rd_kafka_metadata_t* answer = nullptr;
  const int patience = static_cast<int>(milliseconds(kPatience).count());
  if (rd_kafka_metadata(handle, 0, topic, &answer, patience) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return false;
  const Metadata metadata(answer);
  const rd_kafka_metadata_topic_t& known = metadata->topics[0];
  return known.partition_cnt == kPartitions &&
         std::all_of(known.partitions, known.partitions + known.partition_cnt,
                     [](const auto& partition) { return partition.leader >= 0; });
}

// A topic is made when the controller has it; brokers learn of it one after the other. When one
// that has not yet is asked in between, librdkafka takes the topic for deleted and fails what it
// was to send. So each broker is asked on its own before the load begins.
void wait_until_each_knows(const std::string& brokers, const std::string& name) {
  const auto deadline = steady_clock::now() + kPatience;
  std::istringstream list(brokers);
  for (std::string broker; std::getline(list, broker, ',');) {
    const Handle asking = client(RD_KAFKA_PRODUCER, common_settings(broker), nullptr);
    const Topic topic(rd_kafka_topic_new(asking.get(), name.c_str(), nullptr));
    while (!has_all_leaders(asking.get(), topic.get())) {
      if (steady_clock::now() > deadline)
        throw std::runtime_error("broker " + broker + " does not know the topic " + name);
      std::this_thread::sleep_for(kTick);
    }
  }
}

// Its number, and then nothing of interest.
std::string message_text(std::int64_t number) {
  std::string text = std::to_string(number) + " ";
  text.resize(kMessageSize, '.');
  return text;
}

std::int64_t number_in(const rd_kafka_message_t& message) {
  const auto* text = static_cast<const char*>(message.payload);
  std::int64_t number = -1;
  std::from_chars(text, text + message.len, number);
  return number;
}

}  // namespace

class KafkaLoad::Run {
 public:
  explicit Run(const KafkaLoadSettings& settings)
      : settings_(settings),
        producer_(client(RD_KAFKA_PRODUCER, producer_settings(), this, &Run::note_delivery)),
        consumer_(client(RD_KAFKA_CONSUMER, consumer_settings(), this)) {
    make_topic(producer_.get(), settings_.topic);
    wait_until_each_knows(settings_.brokers, settings_.topic);
    topic_.reset(rd_kafka_topic_new(producer_.get(), settings_.topic.c_str(), nullptr));
    rd_kafka_poll_set_consumer(consumer_.get());
    assign_all_partitions();
    sending_ = std::thread([this] { send_until_stopped(); });
    reading_ = std::thread([this] { read_until_stopped(); });
  }
  ~Run() {
    stop_sending_ = true;
    stop_reading_ = true;
    sending_.join();
    reading_.join();
    rd_kafka_consumer_close(consumer_.get());
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  LoadFigures figures() const {
    const std::lock_guard lock(mutex_);
    return ledger_.figures();
  }

  std::string complaint() const {
    const std::lock_guard lock(mutex_);
    return complaint_;
  }

  // Whether each partition has acknowledged a message.
  bool has_begun() const {
    const std::lock_guard lock(mutex_);
    return ledger_.each_partition_has_acknowledged();
  }

  bool begins() const {
    return wait_until([this] { return has_begun(); });
  }

  bool goes_on(std::int64_t messages) const {
    const std::int64_t wanted = figures().acknowledged + messages;
    return wait_until([this, wanted] { return figures().acknowledged >= wanted; });
  }

  LoadFigures finish() {
    stop_sending_ = true;
    wait_until([this] { return flushed_.load(); });
    wait_until([this] { return figures().lost == 0; });
    return figures();
  }

 private:
  template <typename Condition>
  static bool wait_until(Condition holds) {
    const auto deadline = steady_clock::now() + kPatience;
    while (!holds()) {
      if (steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(kTick);
    }
    return true;
  }

  std::map<std::string, std::string> producer_settings() const {
    auto settings = common_settings(settings_.brokers);
    settings.insert({{"enable.idempotence", "true"}, {"acks", "all"}, {"linger.ms", kLinger}});
    return settings;
  }

  std::map<std::string, std::string> consumer_settings() const {
    auto settings = common_settings(settings_.brokers);
    settings.insert({{"group.id", settings_.topic + "-readers"}, {"auto.offset.reset", "error"}});
    return settings;
  }

  void assign_all_partitions() {
    const Partitions partitions(rd_kafka_topic_partition_list_new(kPartitions));
    for (int partition = 0; partition < kPartitions; ++partition) {
      rd_kafka_topic_partition_list_add(partitions.get(), settings_.topic.c_str(), partition)
          ->offset = 0;
    }
    if (const auto error = rd_kafka_assign(consumer_.get(), partitions.get()))
      throw std::runtime_error(rd_kafka_err2str(error));
  }

  void complain(const std::string& text) {
    const std::lock_guard lock(mutex_);
    if (complaint_.empty()) complaint_ = text;
  }

  void send_until_stopped() {
    const int messages_per_tick =
        settings_.messages_per_second / static_cast<int>(seconds(1) / kTick);
    begin();
    auto next = steady_clock::now();
    while (!stop_sending_) {
      for (int i = 0; i < messages_per_tick && !stop_sending_; ++i) send(i % kPartitions);
      next += kTick;
      do {
        const auto left = std::chrono::ceil<milliseconds>(next - steady_clock::now());
        rd_kafka_poll(producer_.get(), static_cast<int>(std::max(left, milliseconds(0)).count()));
      } while (steady_clock::now() < next);
    }
    rd_kafka_flush(producer_.get(), static_cast<int>(milliseconds(kPatience).count()));
    flushed_ = true;
  }

  // A broker that knows nothing of a producer takes its second batch where it has just refused the
  // first (it is not the leader yet), and calls the first a duplicate when it is sent again:
  // librdkafka then reports as delivered what no log holds. So the first goes alone.
  void begin() {
    for (int partition = 0; partition < kPartitions; ++partition) send(partition);
    while (!has_begun() && !stop_sending_)
      rd_kafka_poll(producer_.get(), static_cast<int>(kTick.count()));
  }

  // Counted before it is handed over: it may be answered at once.
  void send(int partition) {
    std::int64_t number;
    {
      const std::lock_guard lock(mutex_);
      number = ledger_.next_number(partition);
      ledger_.send(partition);
    }
    const std::string text = message_text(number);
    while (rd_kafka_produce(topic_.get(), partition, RD_KAFKA_MSG_F_COPY,
                            const_cast<char*>(text.data()), text.size(), nullptr, 0,
                            reinterpret_cast<void*>(number)) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        complain(rd_kafka_err2str(rd_kafka_last_error()));
        const std::lock_guard lock(mutex_);
        ledger_.fail();
        return;
      }
      rd_kafka_poll(producer_.get(), static_cast<int>(kTick.count()));
    }
  }

  static void note_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    const auto number = reinterpret_cast<std::int64_t>(message->_private);
    Run& run = *static_cast<Run*>(self);
    // Not rd_kafka_message_errstr: of what was sent it gives the message itself.
    if (message->err) run.complain(rd_kafka_err2str(message->err));
    const std::lock_guard lock(run.mutex_);
    if (message->err) {
      run.ledger_.fail();
    } else {
      run.ledger_.acknowledge(message->partition, number, steady_clock::now());
    }
  }

  void read_until_stopped() {
    while (!stop_reading_) {
      const Message message(
          rd_kafka_consumer_poll(consumer_.get(), static_cast<int>(kPoll.count())));
      if (!message) continue;
      if (message->err) {
        complain(std::string("the consumer: ") + rd_kafka_message_errstr(message.get()));
        continue;
      }
      const std::lock_guard lock(mutex_);
      ledger_.read(message->partition, message->offset, number_in(*message));
    }
  }

  const KafkaLoadSettings settings_;
  mutable std::mutex mutex_;  // of the ledger and the complaint
  LoadLedger ledger_{kPartitions};
  std::string complaint_;
  Handle producer_;
  Handle consumer_;
  Topic topic_;  // goes before its producer
  std::atomic<bool> stop_sending_ = false;
  std::atomic<bool> flushed_ = false;
  std::atomic<bool> stop_reading_ = false;
  std::thread sending_;
  std::thread reading_;
};

KafkaLoad::KafkaLoad(const KafkaLoadSettings& settings) : run_(std::make_unique<Run>(settings)) {
  if (!run_->begins()) throw std::runtime_error("no message is acknowledged: " + run_->complaint());
}

KafkaLoad::~KafkaLoad() = default;

LoadFigures KafkaLoad::figures() const {
  return run_->figures();
}

bool KafkaLoad::goes_on(std::int64_t messages) const {
  return run_->goes_on(messages);
}

LoadFigures KafkaLoad::finish() {
  return run_->finish();
}

std::string KafkaLoad::complaint() const {
  return run_->complaint();
}

}  // namespace baker::testing
