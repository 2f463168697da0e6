// What a user calls. client_connection.cpp connects, client_packets.cpp handles what arrives.

#include "mqtt/client.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cppworker/exception.hpp>
#include <cppworker/waiting.hpp>

#include "base/check.hpp"
#include "mqtt/cut_off.hpp"
#include "mqtt/topic_filter.hpp"
#include "net/deadline.hpp"
#include "user/deadline.hpp"

namespace cppworker::mqtt {

namespace {

/// Bytes that may wait for the kernel before publish() waits, too.
constexpr std::size_t kUnsentMax = std::size_t{1} << 20U;

/// The packet that is being encoded, and those that were collected. The clients of a thread share
/// the memory.
std::string& encoded() {
  static thread_local std::string buffer;
  buffer.clear();
  return buffer;
}
std::string& collected_packets() {
  static thread_local std::string buffer;
  return buffer;
}

constexpr const char* kNoConnection = "not connected";

constexpr const char* kTakenByOnMessage =
    ": on_message() of the class has taken the messages that came before; call "
    "client().keep(message) there";

/// Not detail::deadline_after(): failure texts have the difference of the two.
coro::TimePoint deadline_of(coro::TimePoint start, Seconds timeout) {
  return start + std::chrono::ceil<coro::Duration>(std::min(timeout, Seconds{1e8}));
}

std::string congestion_failure() {
  return failure_repr("MqttTimeout", "the connection takes no more bytes");
}

}  // namespace

Client::Client(Environment& environment, std::unique_ptr<Owner> owner, Config config)
    : shard_(environment.shard()),
      owner_(std::move(owner)),
      rows_(environment, *owner_),
      config_(std::make_shared<const Config>(std::move(config))),
      frames_(config_->options.max_packet_size),
      timer_(
          shard_.scheduler, [](void* self) { static_cast<Client*>(self)->on_timer(); }, this) {
  changes_.check_shard();
}

Client::~Client() {
  cancel_attempt();
  if (connected_) {
    send_disconnect(0);
  }
  for (const InFlight& entry : in_flight_.entries()) {
    if (entry.is_publish() && !entry.cut_off) {
      rows_.count_cut_off({.kind = "publish", .qos = entry.qos, .name = entry.row_name()});
    }
  }
}

bool Client::send(std::string_view packet) {
  last_sent_ = shard_.scheduler.turn_time();
  if (handling_) {
    collected_packets().append(packet);
    return true;
  }
  return connection_ != nullptr && !write(packet);
}

net::Failure Client::write(std::string_view packets) {
  return connection_->write(websocket_ == nullptr ? packets : websocket_->frame_of(packets));
}

void Client::flush() {
  std::string& packets = collected_packets();
  if (connection_ != nullptr && !packets.empty()) {
    static_cast<void>(write(packets));  // a failure comes to on_end(), too
    unread_ = std::min(unread_, connection_->unsent());
  }
  packets.clear();
}

void Client::arm(coro::TimePoint deadline) {
  if (deadline < due_) {
    due_ = deadline;
    timer_.arm(deadline);
  }
}

bool Client::refuse(Rows::Row row, std::string_view failure) {
  row.failure = failure;
  rows_.record(row);
  if (shard_.scheduler.running() != nullptr) {
    coro::this_coroutine::yield_unless_waited();  // a task may call this again at once
  }
  return false;
}

Stamper& Client::stamper() {
  if (stamper_ == nullptr) {
    stamper_ = std::make_unique<Stamper>(static_cast<std::uint32_t>(shard_.random()));
  }
  return *stamper_;
}

std::optional<std::string> Client::make_room(int qos, coro::TimePoint deadline) {
  coro::Coroutine* const self = shard_.scheduler.running();
  while (connected_) {
    const bool is_congested = connection_->unsent() > kUnsentMax;
    const bool is_full = qos > 0 && in_flight_.publishes() >= window_;
    if (!is_congested && !is_full) {
      return "";
    }
    if (self == nullptr) {
      return failure_repr("MqttError", is_congested
                                           ? "more than 1 MiB is unsent"
                                           : fmt::format("{} messages are in flight", window_));
    }
    using Cause = net::Failure::Cause;
    Cause cause = Cause::kNone;
    if (is_congested) {
      net::Deadline until(shard_.scheduler, *self, deadline);
      cause = connection_->wait_sent(until).cause;
    } else if (!detail::WaitList::Place(changes_).wait(deadline - now())) {
      cause = now() < deadline ? Cause::kStopped : Cause::kTimedOut;
    }
    if (cause == Cause::kNone || !connected_) {
      continue;
    }
    if (cause == Cause::kStopped) {
      return std::nullopt;
    }
    if (cause != Cause::kTimedOut) {
      return std::string(kConnectionLost);  // on_end() follows
    }
    return is_congested ? congestion_failure()
                        : failure_repr("MqttTimeout", "no room in max_inflight");
  }
  return std::string(kNotConnected);
}

bool Client::publish(std::string_view topic, std::string_view payload, const MqttPublish& options) {
  shard_.check_thread("MqttClient::publish()");
  if (options.wait) {
    static_cast<void>(coro::this_coroutine::self("publish"));
  }
  const coro::TimePoint start = now();
  check_qos(options.qos);
  StampBytes stamp(options.stamp);  // in this frame: the message may be sent again
  Outgoing message{.topic = topic,
                   .stamp = stamp.view(),
                   .payload = payload,
                   .qos = static_cast<std::uint8_t>(options.qos),
                   .retain = options.retain,
                   .properties = &options.properties};
  check_publish(config_->settings.protocol, message);
  Rows::Row row{.kind = "publish",
                .qos = options.qos,
                .name = options.name.empty() ? topic : options.name,
                .size = static_cast<std::int64_t>(message.stamp.size() + payload.size()),
                .client_id = client_id()};
  const coro::TimePoint deadline = deadline_of(start, options.timeout);
  {
    CutOff cut_off(rows_, row);
    const std::optional<std::string> failure = make_room(options.qos, deadline);
    if (!failure) {
      return false;
    }
    cut_off.end();
    if (!failure->empty()) {
      return refuse(row, *failure);
    }
  }
  if (options.qos > maximum_qos_) {
    return refuse(row, failure_repr("MqttError", fmt::format("the broker supports QoS {} at most",
                                                             maximum_qos_)));
  }
  const std::uint16_t id = message.qos == 0 ? std::uint16_t{0} : in_flight_.next_id();
  std::string& packet = encoded();
  put_publish(packet, config_->settings.protocol, id, message);
  if (packet.size() > packet_max_) {
    return refuse(row, failure_repr("MqttError", fmt::format("the broker accepts packets of {} "
                                                             "bytes at most",
                                                             packet_max_)));
  }
  if (options.stamp != MqttStamp::kNone) {
    // Not earlier: subscribers would miss the counter of a message that is not sent.
    stamp = stamper().make(options.stamp, {topic, message.qos}, StampClock::now());
    replace_stamp(packet, message, stamp.view());
  }
  const Publication publication{.id = id,
                                .message = message,
                                .packet = packet,
                                .waits = options.wait,
                                .start = start,
                                .deadline = deadline};
  return id == 0 ? send_without_ack(publication, row) : send_with_ack(publication, row);
}

bool Client::send_without_ack(const Publication& publication, Rows::Row row) {
  if (!send(publication.packet)) {
    row.response_time = since(publication.start);
    return refuse(row, kConnectionLost);
  }
  net::Failure failure;
  if (publication.waits && connection_->unsent() != 0) {
    CutOff cut_off(rows_, row);
    net::Deadline until(shard_.scheduler, *shard_.scheduler.running(), publication.deadline);
    failure = connection_->wait_sent(until);
    if (failure.cause == net::Failure::Cause::kStopped) {
      return false;
    }
    cut_off.end();
  }
  row.response_time = since(publication.start);
  if (failure) {
    const bool timed_out = failure.cause == net::Failure::Cause::kTimedOut;
    return refuse(row, timed_out ? congestion_failure() : std::string(kConnectionLost));
  }
  rows_.record(row);
  if (shard_.scheduler.running() != nullptr) {
    coro::this_coroutine::yield_unless_waited();
  }
  return true;
}

bool Client::send_with_ack(const Publication& publication, const Rows::Row& row) {
  const std::uint8_t qos = publication.message.qos;
  Operation operation{
      .coroutine = shard_.scheduler.running(), .name = row.name, .message = &publication.message};
  InFlight entry{.id = publication.id,
                 .awaits = qos == 1 ? InFlight::Awaits::kPuback : InFlight::Awaits::kPubrec,
                 .qos = qos,
                 .start = publication.start,
                 .deadline = publication.deadline,
                 .size = row.size};
  if (publication.waits) {
    entry.operation = &operation;
  } else {
    entry.name = row.name;
    entry.packet = publication.packet;
  }
  arm(entry.deadline);
  in_flight_.add(std::move(entry));
  static_cast<void>(send(publication.packet));  // a failure comes to on_end(), too
  if (publication.waits) {
    return await(operation, &row);
  }
  if (shard_.scheduler.running() != nullptr) {
    coro::this_coroutine::yield_unless_waited();
  }
  return true;
}

bool Client::await(Operation& operation, const Rows::Row* row) {
  struct Abandon {  // if StopUser is thrown, or the coroutine can't wait
    Client& client;
    Operation& operation;
    const Rows::Row* row;
    ~Abandon() {
      if (operation.done) {
        return;
      }
      if (InFlight* const entry = client.in_flight_.find(operation)) {
        if (client.connected_) {
          client.in_flight_.abandon(*entry);
        } else {  // no acknowledgement comes, and it must not be sent again
          client.in_flight_.take(*entry);
        }
        client.changes_.wake_all();
      }
      if (row != nullptr) {
        client.rows_.count_cut_off(*row);
      }
    }
  } abandon{*this, operation, row};
  while (!operation.done) {
    if (!coro::this_coroutine::suspend()) {
      return false;
    }
  }
  return operation.succeeded;
}

void Client::send_subscription(std::string_view filter, std::string_view name,
                               const MqttSubscribe& options, Operation* operation) {
  const std::uint16_t id = in_flight_.next_id();
  std::string& packet = encoded();
  put_subscribe(packet, config_->settings.protocol, id, filter, options);
  const coro::TimePoint start = now();
  InFlight entry{.id = id,
                 .awaits = InFlight::Awaits::kSuback,
                 .qos = static_cast<std::uint8_t>(options.qos),
                 .start = start,
                 .deadline = deadline_of(start, options.timeout),
                 .operation = operation};
  if (operation == nullptr) {
    entry.name = name;
  }
  arm(entry.deadline);
  in_flight_.add(std::move(entry));
  static_cast<void>(send(packet));
}

bool Client::subscribe(std::string_view filter, const MqttSubscribe& options) {
  shard_.check_thread("MqttClient::subscribe()");
  coro::Coroutine& self = coro::this_coroutine::self("subscribe");
  const std::string_view name = options.name.empty() ? filter : options.name;
  const Rows::Row row{
      .kind = "subscribe", .qos = options.qos, .name = name, .client_id = client_id()};
  check_subscribe(config_->settings.protocol, filter, options);
  if (!connected_) {
    return refuse(row, kNotConnected);
  }
  // Before SUBACK: messages may arrive before it.
  std::erase_if(subscriptions_, [&](const Subscription& s) { return s.filter == filter; });
  Subscription& subscription = subscriptions_.emplace_back();
  subscription.filter = filter;
  subscription.name = name;
  subscription.options = options;
  subscription.options.name = {};
  if (options.stamp != MqttStamp::kNone) {
    subscription.check = std::make_unique<SequenceCheck>();
  }
  Operation operation{.coroutine = &self, .name = name};
  send_subscription(filter, name, options, &operation);
  if (await(operation, &row)) {
    return true;
  }
  std::erase_if(subscriptions_, [&](const Subscription& s) { return s.filter == filter; });
  return false;
}

bool Client::unsubscribe(std::string_view filter) {
  shard_.check_thread("MqttClient::unsubscribe()");
  coro::Coroutine& self = coro::this_coroutine::self("unsubscribe");
  if (!connected_) {
    coro::this_coroutine::yield_unless_waited();
    return false;
  }
  std::erase_if(subscriptions_, [&](const Subscription& s) { return s.filter == filter; });
  const std::uint16_t id = in_flight_.next_id();
  std::string& packet = encoded();
  put_unsubscribe(packet, config_->settings.protocol, id, filter);
  const coro::TimePoint start = now();
  Operation operation{.coroutine = &self, .name = filter};
  InFlight entry{.id = id,
                 .awaits = InFlight::Awaits::kUnsuback,
                 .start = start,
                 .deadline = start + std::chrono::seconds{10},
                 .operation = &operation};
  arm(entry.deadline);
  in_flight_.add(std::move(entry));
  static_cast<void>(send(packet));
  return await(operation, nullptr);
}

void Client::keep(MqttMessage message) {
  if (inbox_ == nullptr) {
    inbox_ = std::make_unique<std::deque<MqttMessage>>();
  }
  inbox_->push_back(std::move(message));
  if (inbox_->size() > config_->options.max_inbox) {
    inbox_->pop_front();
    static thread_local bool is_reported = false;
    if (!std::exchange(is_reported, true)) {
      spdlog::warn(
          "MQTT: client {} has received more than {} messages that no receive() has taken. The "
          "oldest are dropped. Override on_message(), or increase .max_inbox in connect_options().",
          client_id(), config_->options.max_inbox);
    }
  }
}

Client::Registration::Registration(Client& client, Receiver& receiver)
    : list_(client.receivers_), receiver_(receiver) {
  list_.push_back(&receiver_);
}

Client::Registration::~Registration() { std::erase(list_, &receiver_); }

Client::Wait Client::await_message(Receiver& receiver, Seconds timeout) {
  const coro::TimePoint deadline = detail::deadline_after(timeout);
  while (!receiver.message) {
    if (!connected_ && attempt_ == nullptr && reconnect_at_ == coro::TimePoint::max()) {
      return Wait::kImpossible;
    }
    if (shard_.scheduler.turn_time() >= deadline) {
      return Wait::kTimedOut;
    }
    if (!coro::this_coroutine::suspend(deadline)) {
      throw UnwindingError();
    }
  }
  return Wait::kArrived;
}

MqttMessage Client::receive(std::string_view filter, Seconds timeout) {
  shard_.check_thread("MqttClient::receive()");
  coro::Coroutine& self = coro::this_coroutine::self("receive");
  if (inbox_ != nullptr) {
    const auto found = std::find_if(inbox_->begin(), inbox_->end(), [&](const MqttMessage& m) {
      return topic_matches(filter, m.topic);
    });
    if (found != inbox_->end()) {
      MqttMessage message = std::move(*found);
      inbox_->erase(found);
      coro::this_coroutine::yield_unless_waited();
      return message;
    }
  }
  Receiver receiver{.coroutine = &self, .filter = filter};
  const Registration registration(*this, receiver);
  switch (await_message(receiver, timeout)) {
    case Wait::kArrived:
      break;
    case Wait::kTimedOut:
      // keep() has never been called: on_message() is the author's.
      throw MqttTimeout(fmt::format("no message for '{}' within {:g} s{}", filter, timeout.count(),
                                    taken_by_owner_ && inbox_ == nullptr ? kTakenByOnMessage : ""));
    case Wait::kImpossible:
      throw MqttError(kNoConnection);
  }
  return std::move(*receiver.message);
}

std::string Client::answers_topic() const { return "cppworker/" + client_id() + "/answers"; }

MqttMessage Client::request(std::string_view topic, std::string_view payload,
                            const MqttRequest& options) {
  shard_.check_thread("MqttClient::request()");
  coro::Coroutine& self = coro::this_coroutine::self("request");
  if (config_->settings.protocol != MqttProtocol::kV5) {
    throw std::invalid_argument(
        "MQTT 3.1.1 has no response topics. Set `protocol = MqttProtocol::kV5`, or use publish() "
        "and receive().");
  }
  Rows::Row row{.kind = "request",
                .qos = options.qos,
                .name = options.name.empty() ? topic : options.name,
                .client_id = client_id()};
  MqttPublish publishing{.name = options.name,
                         .qos = options.qos,
                         .wait = false,
                         .timeout = options.timeout,
                         .properties = options.properties};
  publishing.properties.response_topic = answers_topic();
  publishing.properties.correlation_data = std::to_string(++requests_);
  Receiver receiver{.coroutine = &self,
                    .correlation = publishing.properties.correlation_data,
                    .name = row.name,
                    .qos = options.qos,
                    .start = now()};
  const Registration registration(*this, receiver);
  const auto count_cut_off = [&] {
    if (!receiver.message) {  // otherwise deliver_answer() has recorded the row
      rows_.count_cut_off(row);
    }
  };
  Wait result = Wait::kArrived;
  std::string failure;
  try {
    failure = send_request(receiver, topic, payload, publishing);
    if (failure.empty()) {
      result = await_message(receiver, options.timeout);
    }
  } catch (const StopUser&) {
    count_cut_off();
    throw;
  } catch (const UnwindingError&) {
    count_cut_off();
    throw;
  }
  if (receiver.message) {
    return std::move(*receiver.message);
  }
  if (result == Wait::kTimedOut) {
    row.response_time = since(receiver.start);
    failure = fmt::format("no answer within {:g} s", options.timeout.count());
    refuse(row, failure_repr("MqttTimeout", failure));
    throw MqttTimeout(failure);
  }
  if (result == Wait::kImpossible) {
    row.response_time = since(receiver.start);
    failure = kNoConnection;
  }
  refuse(row, failure_repr("MqttError", failure));
  throw MqttError(failure);
}

/// "": the message was sent.
std::string Client::send_request(Receiver& receiver, std::string_view topic,
                                 std::string_view payload, const MqttPublish& options) {
  if (!answers_subscribed_) {
    answers_subscribed_ = subscribe(
        options.properties.response_topic,
        {.name = "cppworker/[client]/answers", .qos = options.qos, .timeout = options.timeout});
    if (!answers_subscribed_) {
      return "the subscription for answers has failed";
    }
  }
  receiver.start = now();
  return publish(topic, payload, options) ? "" : "the message was not sent";
}

bool Client::drain(Seconds timeout) {
  shard_.check_thread("MqttClient::drain()");
  const coro::TimePoint deadline = detail::deadline_after(timeout);
  while (in_flight_.awaited_publishes() > 0) {
    if (!detail::WaitList::Place(changes_).wait(deadline - now())) {
      return in_flight_.awaited_publishes() == 0;
    }
  }
  return true;
}

void Client::disconnect(std::uint8_t reason) {
  shard_.check_thread("MqttClient::disconnect()");
  cancel_attempt();
  reconnect_at_ = coro::TimePoint::max();
  subscriptions_.clear();
  answers_subscribed_ = false;
  if (connected_) {
    send_disconnect(reason);
    rows_.record({.kind = "disconnect", .client_id = client_id()});
  }
  fail_in_flight(true, kConnectionLost);
  changes_.wake_all();
  wake_receivers();
}

void Client::wake_receivers() {
  for (const Receiver* receiver : receivers_) {
    receiver->coroutine->resume();
  }
}

coro::TimePoint Client::ping_due() const {
  const bool has_ping = ping_deadline_ != coro::TimePoint::max();  // PINGRESP has not come yet
  if (!connected_ || keepalive_ <= coro::Duration::zero() || has_ping) {
    return coro::TimePoint::max();
  }
  return std::min(last_sent_, last_received_) + keepalive_;
}

/// Also fails what has timed out.
void Client::on_timer() {
  due_ = coro::TimePoint::max();
  const coro::TimePoint time = shard_.scheduler.turn_time();
  if (connected_ && ping_deadline_ <= time) {
    lose(kNoPingresp);
  }
  if (ping_due() <= time) {
    std::string& packet = encoded();
    put_pingreq(packet);
    static_cast<void>(send(packet));
    ping_deadline_ = time + keepalive_;
  }
  if (reconnect_at_ <= time) {
    reconnect_at_ = coro::TimePoint::max();
    connect_in_background();
  }
  coro::TimePoint next = std::min({reconnect_at_, ping_deadline_, ping_due()});
  for (std::size_t i = 0; i < in_flight_.entries().size();) {
    InFlight& entry = in_flight_.entries()[i];
    if (entry.deadline <= time) {
      expire(entry);  // it is removed, or has no deadline any more
    } else {
      next = std::min(next, entry.deadline);
      ++i;
    }
  }
  arm(next);
}

}  // namespace cppworker::mqtt
