// MqttUser against a real broker. The environment variables say what a user does.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

#include <cppworker/locust.hpp>
#include <cppworker/mqtt_user.hpp>

using namespace cppworker;

namespace {

const int count = env("MQTT_COUNT", 1);
const bool is_v5 = env("MQTT_VERSION", 4) == 5;
const int qos = env("MQTT_QOS", 1);
const std::string filling(static_cast<std::size_t>(env("MQTT_SIZE", 100)), 'x');

MqttConnect options_from_environment() {
  MqttConnect options{.username = env("MQTT_USER", ""), .password = env("MQTT_PASSWORD", "")};
  if (const std::string ca = env("MQTT_CA", ""); !ca.empty()) {
    options.tls = Tls{.verify = ca};
    if (const std::string cert = env("MQTT_CERT", ""); !cert.empty()) {
      options.tls->cert = Cert{cert, env("MQTT_KEY", "")};
    }
  }
  options.timeout = Seconds{env("MQTT_TIMEOUT", 10.0)};
  options.reconnect_delay = Seconds{env("MQTT_RECONNECT", 0.0)};
  return options;
}

}  // namespace

struct Base : MqttUser {
  inline static const int iterations = count;
  inline static const MqttProtocol protocol = is_v5 ? MqttProtocol::kV5 : MqttProtocol::kV311;

  MqttConnect connect_options() override { return options_from_environment(); }
  std::string topic() { return "own/" + client().client_id(); }
};

/// Messages of each QoS to itself, with stamps: all arrive, in order.
struct Traffic : Base {
  int messages = 0;

  void on_start() override {
    client().subscribe(topic() + "/#", {.name = "own", .qos = 2, .stamp = MqttStamp::kOwn});
  }
  void on_message(const MqttMessage& message) override {
    if (message.payload == filling) ++messages;
  }
  void publish() {
    for (int level = 0; level <= 2; ++level) {
      client().publish(topic() + "/" + std::to_string(level), filling,
                       {.name = "own", .qos = level, .stamp = MqttStamp::kOwn});
    }
  }
  /// Without waiting for each acknowledgement.
  void publish_many() {
    for (int i = 0; i < 50; ++i) {
      client().publish(topic() + "/many", filling,
                       {.name = "many", .qos = 1 + i % 2, .stamp = MqttStamp::kOwn, .wait = false});
    }
    if (!client().drain() || client().in_flight() != 0) throw std::runtime_error("not drained");
  }
  void run() {
    const int before = messages;
    publish();
    publish_many();
    const auto expected = [&] { return messages == before + 53; };
    for (int i = 0; i < 2'000 && !expected(); ++i) sleep_for(5ms);
    if (!expected()) throw std::runtime_error("messages are missing");
  }
  static void sleep_for(Seconds seconds) { Event().wait(seconds); }
  static constexpr auto tasks() { return task_list(task<&Traffic::run>()); }
};

/// One message after the other, until the broker is gone.
struct Publisher : Base {
  inline static const WaitTime wait_time = constant(Seconds{env("MQTT_WAIT", 0.01)});

  void publish() { client().publish("data", "hello", {.qos = qos}); }
  static constexpr auto tasks() { return task_list(task<&Publisher::publish>()); }
};

/// A topic that the broker refuses.
struct Refused : Base {
  void run() { client().publish("forbidden/topic", "x", {.name = "forbidden", .qos = 1}); }
  static constexpr auto tasks() { return task_list(task<&Refused::run>()); }
};

/// receive(), retained messages, a shared subscription, properties, requests with answers, a will.
struct Features : Base {
  static void expect(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(what);
  }

  MqttConnect connect_options() override {
    MqttConnect options = options_from_environment();
    options.will = MqttWill{.topic = "dead", .payload = "gone", .qos = 1, .retain = true};
    return options;
  }

  void receive() {
    client().subscribe(topic());
    client().publish(topic(), "first", {.qos = qos});
    client().publish(topic(), "second", {.qos = qos});
    expect(client().receive(topic()).payload == "first", "first");
    expect(client().receive("own/+").payload == "second", "second");
    try {
      static_cast<void>(client().receive("#", 20ms));
      expect(false, "a third message");
    } catch (const MqttTimeout&) {
    }
    expect(client().unsubscribe(topic()), "unsubscribe");
  }
  void retained() {
    client().publish("retained", "kept", {.qos = 1, .retain = true});
    client().subscribe("retained");
    const MqttMessage message = client().receive("retained");
    expect(message.retain && message.payload == "kept", "a retained message");
  }
  void shared() {
    client().subscribe("$share/group/shared/#", {.qos = 1});
    client().publish("shared/x", "one", {.qos = 1});
    expect(client().receive("shared/#").payload == "one", "a shared subscription");
  }
  void properties() {
    if (!is_v5) return;
    client().subscribe("properties", {.qos = 1, .no_local = false});
    client().publish("properties", "x",
                     {.qos = 1,
                      .properties = {.payload_is_text = true,
                                     .message_expiry = 60,
                                     .content_type = "text/plain",
                                     .correlation_data = "id",
                                     .user = {{"site", "A"}}}});
    const MqttProperties received = client().receive("properties").properties;
    expect(received.payload_is_text && received.content_type == "text/plain" &&
               received.correlation_data == "id" && received.message_expiry.value_or(0) > 0 &&
               received.user.size() == 1 && received.user[0].second == "A",
           "properties");
  }
  void request() {
    if (!is_v5) return;
    client().subscribe("service", {.qos = 1});
    const Background answering = spawn([this] {
      const MqttMessage question = client().receive("service");
      client().publish(question.properties.response_topic, question.payload + "!",
                       {.name = "answer",
                        .properties = {.correlation_data = question.properties.correlation_data}});
    });
    expect(client().request("service", "ping", {.qos = 1}).payload == "ping!", "an answer");
    try {
      static_cast<void>(client().request("nobody", "ping", {.timeout = 50ms}));
      expect(false, "an answer of nobody");
    } catch (const MqttTimeout&) {
    }
  }
  void run() {
    receive();
    retained();
    shared();
    properties();
    request();
    client().disconnect();
    expect(!client().is_connected(), "disconnect");
    expect(!client().publish("data", "x"), "publish after disconnect");
    expect(client().connect(), "connect");
  }
  static constexpr auto tasks() { return task_list(task<&Features::run>()); }
};

/// A session that the broker keeps while the client is away.
struct Session : Base {
  MqttConnect connect_options() override {
    MqttConnect options = options_from_environment();
    options.client_id = "kept-session";
    options.clean_start = false;
    options.session_expiry = 60s;
    return options;
  }
  void run() {
    client().subscribe("session", {.qos = 1});
    client().disconnect();
    client().connect();
    client().publish("session", "x", {.qos = 1});
    if (client().receive("session").payload != "x") throw std::runtime_error("no session");
  }
  static constexpr auto tasks() { return task_list(task<&Session::run>()); }
};

/// Connects and does nothing; its will shows how it ends.
struct Idle : Base {
  inline static const Seconds keepalive{env("MQTT_KEEPALIVE", 60.0)};
  static constexpr WaitTime wait_time = constant(Seconds{3600});

  MqttConnect connect_options() override {
    MqttConnect options = options_from_environment();
    options.will = MqttWill{.topic = "dead", .payload = "gone"};
    return options;
  }
  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&Idle::nothing>()); }
};

/// on_message() that throws, and one that waits.
struct Careless : Base {
  int calls = 0;

  void on_message(const MqttMessage& /*message*/) override {
    ++calls;
    if (calls == 1) throw std::runtime_error("thrown in on_message");
    if (calls == 2) client().publish(topic(), "x");  // waits
  }
  void run() {
    client().subscribe(topic());
    client().publish(topic(), "x");
    client().publish(topic(), "x");
    for (int i = 0; i < 1000 && calls < 2; ++i) Event().wait(5ms);
  }
  static constexpr auto tasks() { return task_list(task<&Careless::run>()); }
};

/// on_message() that blocks the thread of all users.
struct Blocking : Base {
  bool called = false;

  void on_message(const MqttMessage& /*message*/) override {
    std::this_thread::sleep_for(200ms);
    called = true;
  }
  void run() {
    client().subscribe(topic());
    client().publish(topic(), "x");
    for (int i = 0; i < 1000 && !called; ++i) Event().wait(5ms);
  }
  static constexpr auto tasks() { return task_list(task<&Blocking::run>()); }
};

CPPWORKER_LOCUSTFILE(Traffic, Publisher, Refused, Features, Session, Idle, Careless, Blocking)
