// cpp-worker: -lmosquitto

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <mosquitto.h>

#include <cppworker/locust.hpp>

using namespace cppworker;

/// A client of libmosquitto. The library does not wait here: wait_readable() and wait_writable()
/// suspend the user, and the thread runs other users.
class MosquittoClient {
 public:
  MosquittoClient(const std::string& host, int port) {
    static const int initialised = mosquitto_lib_init();
    check(initialised);
    client_.reset(mosquitto_new(nullptr, true, this));
    if (client_ == nullptr) throw std::bad_alloc();
    mosquitto_connect_callback_set(client_.get(), [](mosquitto*, void* self, int code) {
      static_cast<MosquittoClient*>(self)->connack_ = code;
    });
    mosquitto_publish_callback_set(client_.get(), [](mosquitto*, void* self, int id) {
      static_cast<MosquittoClient*>(self)->acknowledged_ = id;
    });
    check(mosquitto_int_option(client_.get(), MOSQ_OPT_TCP_NODELAY, 1));
    check(mosquitto_connect_async(client_.get(), host.c_str(), port, kKeepalive));
    run_until([this] { return connack_ >= 0; });
    if (connack_ != 0) throw std::runtime_error(mosquitto_connack_string(connack_));
  }

  /// Publishes with QoS 1 and waits for PUBACK.
  void publish(const std::string& topic, std::string_view payload) {
    int id = 0;
    check(mosquitto_publish(client_.get(), &id, topic.c_str(), static_cast<int>(payload.size()),
                            payload.data(), 1, false));
    run_until([this, id] { return acknowledged_ == id; });
  }

  void disconnect() { check(mosquitto_disconnect(client_.get())); }

 private:
  static constexpr int kKeepalive = 600;  // seconds; between two tasks nobody sends a PINGREQ

  template <class Done>
  void run_until(Done done) {
    while (!done()) {
      const bool writes = mosquitto_want_write(client_.get());
      const int fd = mosquitto_socket(client_.get());
      if (!(writes ? wait_writable(fd, 5s) : wait_readable(fd, 5s))) {
        throw std::runtime_error("no answer within 5 s");
      }
      check(writes ? mosquitto_loop_write(client_.get(), 1)
                   : mosquitto_loop_read(client_.get(), 1));
    }
  }

  static void check(int result) {
    if (result != MOSQ_ERR_SUCCESS) throw std::runtime_error(mosquitto_strerror(result));
  }

  struct Destroy {
    void operator()(mosquitto* client) const { mosquitto_destroy(client); }
  };
  std::unique_ptr<mosquitto, Destroy> client_;
  int connack_ = -1;
  int acknowledged_ = 0;
};

/// Publishes readings: `-H 127.0.0.1:1883`.
class SensorUser : public User {
 public:
  static constexpr WaitTime wait_time = between(50ms, 150ms);

  void on_start() override {
    const std::string host(base_host());
    const auto colon = host.rfind(':');
    environment().events.request.measure("MQTT", "connect", [&](RequestMeta&) {
      client_ = std::make_unique<MosquittoClient>(host.substr(0, colon),
                                                  std::stoi(host.substr(colon + 1)));
    });
    if (client_ == nullptr) throw StopUser{};
  }

  void reading() {
    environment().events.request.measure("MQTT", "publish:1:reading", [&](RequestMeta& request) {
      request.response_length = 4;
      client_->publish("reading", "21.5");
    });
  }

  void on_stop() override {
    if (client_ != nullptr) client_->disconnect();
  }

  static constexpr auto tasks() { return task_list(task<&SensorUser::reading>()); }

 private:
  std::unique_ptr<MosquittoClient> client_;
};

CPPWORKER_LOCUSTFILE(SensorUser)
