// The modes conn, pub and sub of emqtt_bench as user classes, with its options as arguments.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include <cppworker/locust.hpp>
#include <cppworker/mqtt_user.hpp>

using namespace cppworker;

/// The users of a class in this process that have begun since the test's start.
struct Clients {
  std::atomic<std::int64_t> connectors{0}, publishers{0}, subscribers{0};
};
Clients clients;

void init(Environment& environment) {
  environment.events.test_start.add_listener([](const EnvironmentEvent&) {
    clients.connectors = clients.publishers = clients.subscribers = 0;
  });
}

/// A client that connects and waits.
class BenchUser : public MqttUser {
 public:
  inline static const MqttProtocol protocol =
      env("MQTT_VERSION", 5) == 5 ? MqttProtocol::kV5 : MqttProtocol::kV311;
  inline static const Seconds keepalive{env("MQTT_KEEPALIVE", 300)};

  MqttConnect connect_options() override {
    const ParsedOptions options = environment().parsed_options();
    number_ = next_number(options);
    username_ = replaced(options.get<std::string>("username"), "%i", std::to_string(number_));
    return {.client_id = options.get<std::string>("prefix") + "_bench_" + std::string(mode()) +
                         "_" + std::to_string(number_),
            .username = username_,
            .password = options.get<std::string>("password"),
            .clean_start = options.get<std::string>("clean") == "true",
            .session_expiry = Seconds{options.get<double>("session_expiry")}};
  }

  Seconds wait_time() { return Seconds{3600}; }

 protected:
  [[nodiscard]] virtual std::string_view mode() const = 0;
  [[nodiscard]] virtual std::atomic<std::int64_t>& begun() const = 0;

  template <class T>
  T option(std::string_view name) {
    return environment().parsed_options().get<T>(name);
  }
  /// --topic for this client: %i its number, %c its client id, %u its user name.
  std::string topic() {
    std::string text = replaced(option<std::string>("topic"), "%i", std::to_string(number_));
    return replaced(replaced(text, "%c", client().client_id()), "%u", username_);
  }
  /// The topic in the names of rows, without the numbers of the clients.
  std::string topic_name() { return option<std::string>("topic"); }
  MqttStamp stamp() {
    const auto headers = option<std::string>("payload_hdrs");
    if (headers.empty()) return MqttStamp::kNone;
    if (headers == "cnt64,ts") return MqttStamp::kEmqttBench;
    throw std::invalid_argument("--payload-hdrs is '" + headers + "'. Use 'cnt64,ts' or nothing.");
  }

 private:
  /// Each worker takes every n-th number, so that no two clients have the same one.
  std::int64_t next_number(const ParsedOptions& options) {
    const Value* const expected = options.find("expect_workers");  // of the master
    std::int64_t workers = 1;
    if (expected == nullptr || !expected->to_int64(workers) || workers < 1) workers = 1;
    const std::int64_t worker = std::max<std::int64_t>(environment().runner.worker_index(), 0);
    return options.get<std::int64_t>("startnumber") + worker + workers * begun()++;
  }
  static std::string replaced(std::string text, std::string_view variable, std::string_view value) {
    for (std::size_t at = text.find(variable); at != std::string::npos;
         at = text.find(variable, at)) {
      text.replace(at, variable.size(), value);
      at += value.size();
    }
    return text;
  }

  std::int64_t number_ = 0;
  std::string username_;
};

/// emqtt_bench conn
class Conn : public BenchUser {
 public:
  void idle() {}
  static constexpr auto tasks() { return task_list(task<&Conn::idle>()); }

 private:
  [[nodiscard]] std::string_view mode() const override { return "conn"; }
  [[nodiscard]] std::atomic<std::int64_t>& begun() const override { return clients.connectors; }
};

/// emqtt_bench pub: a message every --interval_of_msg milliseconds.
class Pub : public BenchUser {
 public:
  void on_start() override {
    topic_ = topic();
    name_ = topic_name();
    const auto message = option<std::string>("message");
    payload_ = message.empty() ? std::string(option<std::size_t>("size"), 'a') : message;
    publish_ = {.name = name_,
                .qos = option<int>("qos"),
                .retain = option<bool>("retain"),
                .stamp = stamp()};
    limit_ = option<std::int64_t>("limit");
    interval_ = std::chrono::milliseconds{option<std::int64_t>("interval_of_msg")};
    due_ = std::chrono::steady_clock::now();
  }

  void publish() {
    client().publish(topic_, payload_, publish_);
    ++sent_;
  }

  /// Keeps the pace although publish() waits for the acknowledgement.
  Seconds wait_time() {
    if (sent_ == limit_) return Seconds{3600};
    const auto now = std::chrono::steady_clock::now();
    due_ = std::max(due_ + interval_, now);
    return due_ - now;
  }

  static constexpr auto tasks() { return task_list(task<&Pub::publish>()); }

 private:
  [[nodiscard]] std::string_view mode() const override { return "pub"; }
  [[nodiscard]] std::atomic<std::int64_t>& begun() const override { return clients.publishers; }

  std::string topic_, name_, payload_;
  MqttPublish publish_;
  std::int64_t limit_ = 0, sent_ = 0;
  std::chrono::milliseconds interval_{};
  std::chrono::steady_clock::time_point due_;
};

/// emqtt_bench sub: a row for each message that arrives.
class Sub : public BenchUser {
 public:
  void on_start() override {
    name_ = topic_name();
    stamp_ = stamp();
    client().subscribe(topic(), {.name = name_, .qos = option<int>("qos"), .stamp = stamp_});
  }

  void on_message(const MqttMessage& message) override {
    if (stamp_ != MqttStamp::kNone && !message.retain) return;  // it has its row already
    environment().events.request.fire(
        {.request_type = "MQTT",
         .name = "receive:" + std::to_string(message.qos) + ":" + name_,
         .response_length = std::ssize(message.payload)});
  }

  void idle() {}
  static constexpr auto tasks() { return task_list(task<&Sub::idle>()); }

 private:
  [[nodiscard]] std::string_view mode() const override { return "sub"; }
  [[nodiscard]] std::atomic<std::int64_t>& begun() const override { return clients.subscribers; }

  std::string name_;
  MqttStamp stamp_ = MqttStamp::kNone;
};

CPPWORKER_ARGUMENTS(
    {.name = "--topic",
     .default_value = "bench/%i",
     .help = "%i: number, %c: client id, %u: user name"},
    {.name = "--qos", .default_value = 0, .help = "QoS of messages and subscriptions"},
    {.name = "--size", .default_value = 256, .help = "Pub: bytes of a message"},
    {.name = "--message", .default_value = "", .help = "Pub: the message, instead of --size"},
    {.name = "--interval_of_msg", .default_value = 1000, .help = "Pub: ms between two messages"},
    {.name = "--limit", .default_value = 0, .help = "Pub: messages of each client; 0: no limit"},
    {.name = "--retain", .default_value = false, .help = "Pub: retained messages"},
    {.name = "--payload-hdrs", .default_value = "", .help = "cnt64,ts: measure from Pub to Sub"},
    {.name = "--prefix", .default_value = "locust", .help = "Beginning of the client ids"},
    {.name = "--startnumber", .default_value = 0, .help = "Number of the first client"},
    {.name = "--username", .default_value = "", .help = "%i: the client's number"},
    {.name = "--password", .default_value = "", .is_secret = true},
    {.name = "--clean",
     .default_value = "true",
     .help = "Clean session",
     .choices = {"true", "false"}},
    {.name = "--session-expiry", .default_value = 0, .help = "MQTT 5: seconds"})
CPPWORKER_LOCUSTFILE(Conn, Pub, Sub)
CPPWORKER_INIT(init)
