#pragma once

#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/environment.hpp>
#include <cppworker/exception.hpp>

#include "coro/scheduler.hpp"
#include "mqtt/client.hpp"
#include "unit/mqtt/scripted_broker.hpp"
#include "user/shard.hpp"

namespace cppworker::mqtt {

using namespace std::chrono_literals;

inline const std::string kAccepted("\x20\x02\x00\x00", 4);
inline const std::string kAcceptedWithSession("\x20\x02\x01\x00", 4);

class TestOwner final : public Owner {
 public:
  explicit TestOwner(std::function<void(const MqttMessage&)>& on_message)
      : on_message_(on_message) {}
  void take_message(const MqttMessage& message) override { on_message_(message); }
  void run_guarded(std::string_view, const std::function<void()>& function) override { function(); }
  Value::Map context() override { return {}; }
  [[nodiscard]] coro::Label label() const override { return {"Test", ""}; }

 private:
  std::function<void(const MqttMessage&)>& on_message_;
};

class IdleControl final : public detail::ControlLink {
  void send_message(std::string, Value) override {}
  void user_error(std::string, std::string) override {}
};

/// A client and a scripted broker on virtual time.
class MqttClientTest : public testing::Test {
 protected:
  MqttClientTest() {
    environment.events.request.add_listener([this](const RequestEvent& event) {
      std::string text(event.name);
      if (event.response_time)
        text += " " + std::to_string(std::lround(event.response_time->count()));
      if (event.exception) text += " " + *event.exception;
      rows.push_back(text);
    });
  }

  Client::Config config(MqttProtocol protocol = MqttProtocol::kV311) const {
    return {.settings = {.client_id = "id", .protocol = protocol},
            .endpoint = {.host = "127.0.0.1", .port = broker.port()}};
  }
  /// run() makes it, because a client belongs to a running scheduler.
  void make_client(Client::Config with) { config_of_client = std::move(with); }

  /// @param script the broker's part, for each connection
  void run(const std::function<void()>& user, std::function<void(BrokerPeer&)> script) {
    spawn_broker([this, script = std::move(script)] {
      for (;;) {
        const int fd = broker.accept();
        ++connections;
        spawn_broker([fd, script] {
          BrokerPeer peer(fd);
          script(peer);
        });
      }
    });
    bool returned = false;
    coro::Coroutine& self = scheduler.spawn([&] {
      client = std::make_unique<Client>(environment, std::make_unique<TestOwner>(on_message),
                                        config_of_client);
      try {
        user();
      } catch (const StopUser&) {
        coro::Scheduler::current()->running()->clear_stop();
      }
      client.reset();
      sleep(1ms);
      for (coro::Coroutine* const coroutine : of_broker_) coroutine->request_stop();
      while (!of_broker_.empty()) sleep(1ms);
      returned = true;
      scheduler.stop();
    });
    user_coroutine = &self;
    scheduler.run();
    EXPECT_TRUE(returned);
  }
  void sleep(coro::Duration duration) { coro::this_coroutine::sleep_until(clock.now() + duration); }

  coro::VirtualClock clock;
  const coro::TimePoint started = clock.now();
  coro::Scheduler scheduler{clock, {.stack_size = 512 * coro::kKiB}};
  IdleControl control;
  detail::Shard shard{0, 1, scheduler, control, 1000};
  Environment environment{shard};
  ScriptedBroker broker;
  std::function<void(const MqttMessage&)> on_message = [](const MqttMessage&) {};
  Client::Config config_of_client;
  std::unique_ptr<Client> client;
  coro::Coroutine* user_coroutine = nullptr;
  std::vector<std::string> rows;
  int connections = 0;

 private:
  /// Runs a part of the broker until it returns, or until the end of the test.
  void spawn_broker(std::function<void()> body) {
    of_broker_.push_back(&scheduler.spawn([this, body = std::move(body)] {
      coro::Coroutine* const self = scheduler.running();
      try {
        body();
      } catch (const StopUser&) {
        self->clear_stop();
      }
      std::erase(of_broker_, self);
    }));
  }

  std::vector<coro::Coroutine*> of_broker_;  // that have not returned
};

/// Takes CONNECT.
inline void accept_client(BrokerPeer& peer, const std::string& connack = kAccepted) {
  EXPECT_EQ(peer.receive().type, PacketType::kConnect);
  peer.send(connack);
}

}  // namespace cppworker::mqtt
