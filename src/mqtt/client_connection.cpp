// How a client connects, loses its connection and connects again.

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>

#include "base/check.hpp"
#include "coro/loop_stack.hpp"
#include "mqtt/broker_connection.hpp"
#include "mqtt/bytes.hpp"
#include "mqtt/client.hpp"
#include "mqtt/encode.hpp"
#include "mqtt/farewell.hpp"
#include "user/deadline.hpp"

namespace cppworker::mqtt {

bool Client::reconnects() const { return config_->options.reconnect_delay > Seconds::zero(); }

bool Client::connect() {
  shard_.check_thread("MqttClient::connect()");
  static_cast<void>(coro::this_coroutine::self("connect"));
  if (connected_) {
    return true;
  }
  if (attempt_ != nullptr) {
    const AttemptPtr other = attempt_;
    while (!connected_ && attempt_ == other) {
      if (!detail::WaitList::Place(changes_).wait(config_->options.timeout)) {
        break;
      }
    }
    return connected_;
  }
  reconnect_at_ = coro::TimePoint::max();
  return attempt_connection(std::make_shared<Attempt>());
}

/// @param attempt its client may be destroyed during a wait if it is in the background
bool Client::attempt_connection(const AttemptPtr& attempt) {
  struct End {
    const AttemptPtr& attempt;
    ~End() {
      Client* const client = attempt->client;
      if (client == nullptr) {
        return;
      }
      if (!attempt->decided) {  // StopUser, or an exception
        client->close();
        if (attempt->has_begun) {
          client->rows_.count_cut_off({.kind = "connect"});
        }
      }
      if (client->attempt_ == attempt) {
        client->attempt_ = nullptr;
      }
      client->changes_.wake_all();
      client->wake_receivers();
    }
  } const end{attempt};
  attempt->client = this;
  attempt_ = attempt;
  attempt->start = now();
  const auto config = config_;
  detail::Shard& shard = shard_;
  std::string packet;
  put_connect(packet, config->settings, config->options);
  attempt->has_begun = true;
  const coro::TimePoint deadline = detail::deadline_after(config->options.timeout);
  BrokerConnection broker;
  try {
    broker = connect_to_broker(shard, config->endpoint, config->options, deadline);
  } catch (const Error& error) {
    if (attempt->client != nullptr && !attempt->decided) {
      connection_failed(*attempt, failure_repr("Error", error.what()));
    }
    throw;
  }
  if (attempt->client == nullptr || attempt->decided) {
    return false;
  }
  if (broker.connection == nullptr) {
    if (!broker.failure.empty()) {
      connection_failed(*attempt, broker.failure);
    }
    return false;
  }
  connection_ = std::move(broker.connection);
  websocket_ = std::move(broker.websocket);
  connection_->set_sink(*this);
  static_cast<void>(send(packet));  // a failure comes to on_end(), too
  if (!broker.early.empty()) {
    coro::on_loop_stack([&] { on_bytes(broker.early); });
  }
  return await_connack(attempt, deadline);
}

bool Client::await_connack(const AttemptPtr& attempt, coro::TimePoint deadline) {
  attempt->waiter = &coro::this_coroutine::self("connect");
  while (!attempt->decided) {
    if (shard_.scheduler.turn_time() >= deadline) {
      close();
      connection_failed(*attempt,
                        failure_repr("MqttTimeout", fmt::format("no CONNACK within {:g} s",
                                                                config_->options.timeout.count())));
      break;
    }
    if (!coro::this_coroutine::suspend(deadline) || attempt->client == nullptr) {
      return false;
    }
  }
  return attempt->succeeded;
}

void Client::connect_in_background() {
  DCHECK(attempt_ == nullptr && connection_ == nullptr);
  auto attempt = std::make_shared<Attempt>();
  attempt->client = this;
  attempt_ = attempt;
  coro::Scheduler& scheduler = shard_.scheduler;
  const coro::Label label = owner_->label();
  try {
    attempt->background = &scheduler.spawn(
        [attempt] {
          if (attempt->client == nullptr) {
            return;
          }
          try {
            attempt->client->attempt_connection(attempt);
          } catch (const std::exception& error) {  // an unreadable file: it was readable before
            spdlog::error("MQTT: connecting again: {}", error.what());
          }
        },
        {label.user_class, "reconnect"});
  } catch (const std::bad_alloc&) {  // no memory for a stack
    attempt_ = nullptr;
    schedule_reconnect();
  }
}

void Client::cancel_attempt() {
  if (attempt_ == nullptr) {
    return;
  }
  const AttemptPtr attempt = std::exchange(attempt_, nullptr);
  if (!attempt->decided && attempt->has_begun) {
    rows_.count_cut_off({.kind = "connect"});
  }
  decide(*attempt, false);
  if (!connected_) {
    close();
  }
  if (attempt->background != nullptr) {
    attempt->client = nullptr;
    attempt->background->request_stop();
  }
}

void Client::connection_failed(Attempt& attempt, std::string_view failure) {
  decide(attempt, false);
  rows_.record({.kind = "connect",
                .response_time = since(attempt.start),
                .failure = failure,
                .client_id = client_id()});
  schedule_reconnect();
}

void Client::decide(Attempt& attempt, bool succeeded) {
  attempt.decided = true;
  attempt.succeeded = succeeded;
  if (attempt.waiter != nullptr) {
    std::exchange(attempt.waiter, nullptr)->resume();
  }
}

void Client::take_connack(const Frame& frame) {
  const Connack connack = decode_connack(frame, config_->settings.protocol);
  const bool is_v5 = config_->settings.protocol == MqttProtocol::kV5;
  const AttemptPtr attempt = attempt_;
  if (connack.reason != 0) {
    const std::string text = is_v5 ? reason_text(connack.reason == 1 ? 132 : connack.reason)
                                   : std::to_string(connack.reason);
    connection_failed(*attempt, failure_repr("Exception", text));
    lose(!is_v5 && connack.reason < 6 ? kConnectionRefused : kRefusedByVersion5);
    return;
  }
  window_ = window_size(config_->settings.max_inflight, connack.receive_maximum);
  maximum_qos_ = connack.maximum_qos;
  packet_max_ = connack.maximum_packet_size;
  keepalive_ = connack.keepalive ? coro::Duration{std::chrono::seconds{*connack.keepalive}}
                                 : std::chrono::ceil<coro::Duration>(
                                       std::min(config_->settings.keepalive, Seconds{65'535}));
  ping_deadline_ = coro::TimePoint::max();
  reconnect_delay_ = {};
  connected_ = true;
  arm(ping_due());
  continue_session(connack.session_present);
  decide(*attempt, true);
  // Last: its listeners may publish, or disconnect.
  rows_.record(
      {.kind = "connect", .response_time = since(attempt->start), .client_id = client_id()});
}

/// After a lost connection: subscribes again, and sends what was not acknowledged.
void Client::continue_session(bool session_present) {
  const MqttProtocol protocol = config_->settings.protocol;
  if (!session_present) {
    unreleased_.clear();
    for (const Subscription& subscription : subscriptions_) {
      send_subscription(subscription.filter, subscription.name, subscription.options, nullptr);
    }
  }
  for (InFlight& entry : in_flight_.entries()) {
    if (!entry.is_publish()) {
      continue;
    }
    if (entry.awaits == InFlight::Awaits::kPubcomp && session_present) {
      send_ack(PacketType::kPubrel, entry.id);
      continue;
    }
    entry.awaits = entry.qos == 1 ? InFlight::Awaits::kPuback : InFlight::Awaits::kPubrec;
    std::string packet = entry.packet;
    if (entry.operation != nullptr) {
      packet.clear();
      put_publish(packet, protocol, entry.id, *entry.operation->message);
    }
    set_duplicate(packet);
    static_cast<void>(send(packet));
  }
}

void Client::on_end(const net::Failure& failure) {
  if (attempt_ != nullptr && !attempt_->decided) {
    connection_failed(*attempt_, failure_repr("MqttError", "the connection ended before CONNACK: " +
                                                               end_cause(failure, config_->endpoint,
                                                                         config_->options)));
  }
  lose(kConnectionLost);
}

/// The connection can't be used any more.
void Client::lose(std::string_view failure) {
  close();
  if (attempt_ != nullptr && !attempt_->decided) {
    connection_failed(*attempt_, failure);
  }
  rows_.record({.kind = "disconnect", .failure = failure, .client_id = client_id()});
  fail_in_flight(!reconnects(), kConnectionLost);
  changes_.wake_all();
  schedule_reconnect();
  wake_receivers();
}

/// Messages stay in flight if the client connects again, unless their user was stopped.
void Client::fail_in_flight(bool also_publishes, std::string_view failure) {
  for (std::size_t i = 0; i < in_flight_.entries().size();) {
    InFlight& entry = in_flight_.entries()[i];
    if (also_publishes || !entry.is_publish() || entry.cut_off) {
      complete(entry, failure);
    } else {
      ++i;
    }
  }
}

void Client::close() {
  connected_ = false;
  frames_.clear();
  unread_ = 0;
  ping_deadline_ = coro::TimePoint::max();
  connection_.reset();
}

void Client::send_disconnect(std::uint8_t reason) {
  std::string packet;
  put_disconnect(packet, config_->settings.protocol, reason);
  static_cast<void>(send(packet));
  if (handling_) {  // otherwise the collected packets are those of another client
    flush();
  }
  if (connection_ != nullptr) {
    if (websocket_ != nullptr) {
      static_cast<void>(connection_->write(websocket_->close_frame()));
    }
    say_farewell(std::move(connection_));
  }
  close();
}

void Client::schedule_reconnect() {
  if (!reconnects() || reconnect_at_ != coro::TimePoint::max()) {
    return;
  }
  const auto limited = [](Seconds delay) {
    return std::chrono::ceil<coro::Duration>(std::min(delay, Seconds{1e8}));
  };
  const coro::Duration max = limited(config_->options.reconnect_delay_max);
  reconnect_delay_ = reconnect_delay_ == coro::Duration::zero()
                         ? limited(config_->options.reconnect_delay)
                         : std::min(reconnect_delay_ * 2, max);
  reconnect_at_ = shard_.scheduler.turn_time() + reconnect_delay_;
  arm(reconnect_at_);
}

}  // namespace cppworker::mqtt
