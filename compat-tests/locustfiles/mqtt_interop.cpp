// What brokers do for MqttUser, feature by feature: each is a row `CHECK name`, whose failure says
// what is wrong. One thread: Tester uses the clients of the other users.

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/locust.hpp>
#include <cppworker/mqtt_user.hpp>

using namespace cppworker;

namespace {

const bool is_v5 = env("MQTT_VERSION", 4) == 5;
/// Names of checks in quotes, which the broker is expected to fail: they don't wait for long.
const std::string lacking = env("MQTT_LACKING", "");
int shared_messages = 0;

void expect(bool condition, const std::string& what) {
  if (!condition) throw std::runtime_error(what);
}

}  // namespace

struct Client : MqttUser {
  inline static const MqttProtocol protocol = is_v5 ? MqttProtocol::kV5 : MqttProtocol::kV311;
  static constexpr WaitTime wait_time = constant(Seconds{3600});

  MqttConnect connect_options() override {
    return {.timeout = Seconds{env("MQTT_TIMEOUT", 10.0)}, .reconnect_delay = Seconds{0}};
  }
  void on_message(const MqttMessage& message) override {
    if (message.topic.starts_with("shared/")) {
      ++shared_messages;
    } else {
      client().keep(message);
    }
  }
  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&Client::nothing>()); }
};

/// Has a will.
struct WithWill : Client {
  inline static WithWill* user = nullptr;
  static constexpr std::string_view client_id = "with-will";

  MqttConnect connect_options() override {
    MqttConnect options = Client::connect_options();
    options.will = MqttWill{.topic = "will", .payload = "gone", .qos = 1, .retain = true};
    return options;
  }
  void on_start() override { user = this; }
};

/// Takes the place of WithWill: the broker closes WithWill's connection.
struct SameId : Client {
  inline static SameId* user = nullptr;
  static constexpr std::string_view client_id = "with-will";
  static constexpr bool auto_connect = false;

  void on_start() override { user = this; }
};

/// Its session outlives its connection.
struct WithKeptSession : Client {
  inline static WithKeptSession* user = nullptr;
  static constexpr std::string_view client_id = "kept-session";
  static constexpr bool auto_connect = false;

  MqttConnect connect_options() override {
    MqttConnect options = Client::connect_options();
    options.clean_start = false;
    options.session_expiry = 60s;
    return options;
  }
  void on_start() override { user = this; }
};

struct Tester : Client {
  void check(const std::string& name, const std::function<void()>& body) {
    patience_ = lacking.find("'" + name + "'") == std::string::npos ? Seconds{5} : Seconds{0.3};
    environment().events.request.measure("CHECK", name, [&](RequestMeta&) { body(); });
  }
  MqttMessage received(const std::string& topic) {
    try {
      return client().receive(topic, patience_);
    } catch (const MqttTimeout&) {
      throw std::runtime_error("no message");
    }
  }
  /// Whether no message of the topic comes before a marker that is published now, or just after it:
  /// brokers may send retained messages and wills a little later. @param qos of the marker
  bool is_silent(const std::string& topic, int qos = 1) {
    subscribe("marker", qos);
    const std::string marker = std::to_string(++markers_);
    publish("marker", marker, {.qos = qos});
    while (client().receive("marker", 10s).payload != marker) {
    }
    try {
      static_cast<void>(client().receive(topic, 50ms));
      return false;
    } catch (const MqttTimeout&) {
      return true;
    }
  }
  void subscribe(const std::string& filter, int qos, bool no_local = false,
                 bool as_published = false) {
    expect(client().subscribe(
               filter, {.qos = qos, .no_local = no_local, .retain_as_published = as_published}),
           "SUBACK");
  }
  void publish(const std::string& topic, const std::string& payload, const MqttPublish& options) {
    expect(client().publish(topic, payload, options), "the broker refused a message");
  }

  void qos(int of_publisher, int of_subscriber) {
    const std::string topic = "qos/" + std::to_string(of_publisher) + std::to_string(of_subscriber);
    subscribe(topic, of_subscriber);
    publish(topic, "x", {.qos = of_publisher});
    const MqttMessage message = received(topic);
    expect(message.payload == "x" && !message.retain, "another message");
    expect(message.qos == std::min(of_publisher, of_subscriber),
           "QoS " + std::to_string(message.qos));
    expect(client().unsubscribe(topic), "UNSUBACK");
    publish(topic, "y", {.qos = of_publisher});
    expect(is_silent(topic, of_publisher), "a message after UNSUBACK");
  }
  /// Subscribes until the message comes as a retained one: a broker may handle SUBSCRIBE before a
  /// message with QoS 0, which is not acknowledged.
  void retained(int level) {
    const std::string topic = "retained/" + std::to_string(level);
    publish(topic, "kept", {.qos = level, .retain = true});
    MqttMessage message;
    for (int i = 0; i < 50 && !message.retain; ++i) {
      subscribe(topic, 2);
      message = received(topic);
      expect(client().unsubscribe(topic), "UNSUBACK");
    }
    expect(message.retain && message.payload == "kept", "another message");
    publish(topic, "", {.qos = level, .retain = true});
    for (int i = 0; i < 10; ++i) {
      subscribe(topic, 2);
      if (is_silent(topic)) return;
      expect(client().unsubscribe(topic), "UNSUBACK");
    }
    expect(false, "the message is still retained");
  }
  /// More than max_inflight, sent without waiting.
  void many() {
    subscribe("many", 2);
    for (int i = 0; i < 60; ++i) {
      publish("many", std::to_string(i), {.qos = 1 + i % 2, .wait = false});
      if (i % 20 == 19) expect(client().drain(5s), "not acknowledged");
    }
    std::vector<int> numbers;
    for (int i = 0; i < 60; ++i) numbers.push_back(std::stoi(received("many").payload));
    std::sort(numbers.begin(), numbers.end());
    for (int i = 0; i < 60; ++i)
      expect(numbers[static_cast<std::size_t>(i)] == i, "not each one once");
  }
  void large() {
    subscribe("large", 1);
    const std::string payload(1'000'000, 'x');
    publish("large", payload, {.qos = 1});
    expect(received("large").payload == payload, "another payload");
  }
  void will() {
    subscribe("will", 1);
    WithWill::user->client().disconnect();
    expect(is_silent("will"), "a will after DISCONNECT");
    expect(WithWill::user->client().connect(), "CONNACK");
    expect(SameId::user->client().connect(), "CONNACK of the second client");
    MqttMessage message = received("will");
    expect(message.payload == "gone" && message.qos == 1 && !message.retain, "another will");
    expect(client().unsubscribe("will"), "UNSUBACK");
    subscribe("will", 1);
    expect(received("will").retain, "the will is not retained");
  }
  void kept_session() {
    MqttClient& other = WithKeptSession::user->client();
    expect(other.connect() && other.subscribe("kept/#", {.qos = 2}), "SUBACK");
    other.disconnect();
    for (int level = 1; level <= 2; ++level)
      publish("kept/" + std::to_string(level), "x", {.qos = level});
    expect(other.connect(), "CONNACK");
    for (int level = 1; level <= 2; ++level) {
      expect(other.receive("kept/" + std::to_string(level), patience_).qos == level, "QoS");
    }
  }
  void shared() {
    const std::string filter = "$share/group/shared/#";
    subscribe(filter, 1);
    expect(SameId::user->client().subscribe(filter, {.qos = 1}), "SUBACK of the second client");
    for (int i = 0; i < 20; ++i) publish("shared/x", "x", {.qos = 1});
    for (int i = 0; i < 400 && shared_messages < 20; ++i) sleep_for(5ms);
    sleep_for(100ms);
    expect(shared_messages == 20, std::to_string(shared_messages) + " messages");
  }
  void properties() {
    subscribe("properties", 1);
    publish("properties", "x",
            {.qos = 1,
             .properties = {.payload_is_text = true,
                            .message_expiry = 60,
                            .content_type = "text/plain",
                            .response_topic = "answers",
                            .correlation_data = std::string("\0id", 3),
                            .user = {{"site", "A"}, {"site", "B"}}}});
    const MqttProperties got = received("properties").properties;
    expect(got.payload_is_text, "payload format");
    expect(got.message_expiry && *got.message_expiry <= 60, "message expiry");
    expect(got.content_type == "text/plain", "content type");
    expect(got.response_topic == "answers", "response topic");
    expect(got.correlation_data == std::string("\0id", 3), "correlation data");
    expect(got.user == MqttProperties{.user = {{"site", "A"}, {"site", "B"}}}.user,
           "user properties");
  }
  void request() {
    MqttClient& other = SameId::user->client();
    expect(other.subscribe("service", {.qos = 1}), "SUBACK of the second client");
    const Background answering = spawn([&other] {
      const MqttMessage question = other.receive("service", 5s);
      other.publish(question.properties.response_topic, question.payload + "!",
                    {.name = "answer",
                     .properties = {.correlation_data = question.properties.correlation_data}});
    });
    expect(client().request("service", "ping", {.qos = 1, .timeout = 5s}).payload == "ping!",
           "answer");
  }
  void no_local() {
    subscribe("local", 1, true);
    publish("local", "own", {.qos = 1});
    expect(SameId::user->client().publish("local", "other", {.qos = 1}), "PUBACK");
    expect(received("local").payload == "other", "its own message");
  }
  void retain_as_published() {
    subscribe("as-published", 1, false, true);
    publish("as-published", "x", {.qos = 1, .retain = true});
    expect(received("as-published").retain, "without the retain flag");
  }

  void on_start() override {
    while (WithWill::user == nullptr || SameId::user == nullptr || WithKeptSession::user == nullptr)
      sleep_for(5ms);
  }
  void run() {
    if (client().is_connected()) {
      for (int of_publisher = 0; of_publisher <= 2; ++of_publisher) {
        for (int of_subscriber = 0; of_subscriber <= 2; ++of_subscriber) {
          check("qos " + std::to_string(of_publisher) + " to " + std::to_string(of_subscriber),
                [&] { qos(of_publisher, of_subscriber); });
        }
      }
      for (int level = 0; level <= 2; ++level) {
        check("retained " + std::to_string(level), [&] { retained(level); });
      }
      check("many", [this] { many(); });
      check("large", [this] { large(); });
      check("will", [this] { will(); });
      check("kept session", [this] { kept_session(); });
      check("shared subscription", [this] { shared(); });
      if (is_v5) {
        check("properties", [this] { properties(); });
        check("request", [this] { request(); });
        check("no local", [this] { no_local(); });
        check("retain as published", [this] { retain_as_published(); });
      }
    }
    environment().runner.quit();
  }
  static constexpr auto tasks() { return task_list(task<&Tester::run>()); }

 private:
  Seconds patience_{5};
  int markers_ = 0;
};

CPPWORKER_LOCUSTFILE(Tester, WithWill, SameId, WithKeptSession)
