#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/locust.hpp>

/// A packet of Socket.IO: what a client and a server send each other in messages of Engine.IO.
struct SocketIoPacket {
  enum class Type : char {
    kConnect = '0',
    kDisconnect = '1',
    kEvent = '2',
    kAck = '3',
    kConnectError = '4'
  };
  Type type = Type::kEvent;
  std::string name_space = "/";
  std::optional<std::int64_t> id{};  ///< connects an event with its acknowledgement
  cppworker::Value data{};
};

/// A packet as the text of a WebSocket message, and the binary messages that follow it.
class SocketIoMessage {
 public:
  using Value = cppworker::Value;

  explicit SocketIoMessage(const SocketIoPacket& packet) {
    const Value json = detach(packet.data);
    text = "4";  // of Engine.IO: a message
    text += static_cast<char>(static_cast<char>(packet.type) + (attachments.empty() ? 0 : 3));
    if (!attachments.empty()) text += std::to_string(attachments.size()) + "-";
    if (packet.name_space != "/") text += packet.name_space + ",";
    if (packet.id) text += std::to_string(*packet.id);
    if (!json.is_none()) text += cppworker::to_json(json);
  }

  std::string text;
  std::vector<std::string> attachments;

 private:
  /// A copy with a placeholder for each Value::Bytes, which becomes an attachment.
  Value detach(const Value& data) {
    if (const Value::Bytes* bytes = data.as_bytes()) {
      attachments.push_back(bytes->data);
      return Value::Map{{"_placeholder", true}, {"num", attachments.size() - 1}};
    }
    Value copy = data;
    if (copy.as_list() != nullptr) {
      for (Value& element : copy) element = detach(element);
    } else if (copy.as_map() != nullptr) {
      for (auto&& [key, member] : copy.items()) member = detach(member);
    }
    return copy;
  }
};

/// Makes packets of the messages that arrive. Throws std::exception if they violate the protocol.
class SocketIoReader {
 public:
  using Value = cppworker::Value;
  /// The server says how many follow, and they are kept until the last one has come.
  static constexpr std::int64_t kAttachmentsMax = 1000;

  /// @param text of a message, after the '4' of Engine.IO
  /// @returns no packet if attachments have to follow
  std::optional<SocketIoPacket> text(std::string_view text) {
    constexpr std::string_view kBinary = "56";  // an event, an acknowledgement
    SocketIoPacket packet;
    char type = text.empty() ? '?' : text[0];
    if (type < '0' || type > '6') throw std::runtime_error("Unknown packet type.");
    text.remove_prefix(1);
    missing_ = 0;
    if (kBinary.find(type) != kBinary.npos) {
      type = static_cast<char>(type - 3);
      const std::int64_t attachments = number(text).value_or(0);
      if (attachments > kAttachmentsMax) {
        throw std::runtime_error("a packet with " + std::to_string(attachments) +
                                 " attachments; the limit is " + std::to_string(kAttachmentsMax));
      }
      missing_ = attachments;
      text.remove_prefix(std::min(text.size(), std::size_t{1}));  // the '-'
    }
    packet.type = SocketIoPacket::Type{type};
    if (text.starts_with('/')) {
      const std::size_t end = std::min(text.find(','), text.size());
      packet.name_space = text.substr(0, std::min(end, text.find('?')));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    packet.id = number(text);
    if (!text.empty()) packet.data = cppworker::parse_json(text);
    if (missing_ == 0) return packet;
    partial_ = std::move(packet);
    attachments_.clear();
    return std::nullopt;
  }

  /// @param bytes of a binary message
  /// @returns the packet with its last attachment
  std::optional<SocketIoPacket> attachment(std::string bytes) {
    if (missing_ == 0) throw std::runtime_error("Unexpected binary attachment");
    attachments_.push_back(std::move(bytes));
    if (--missing_ > 0) return std::nullopt;
    attach(partial_.data);
    return std::move(partial_);
  }

 private:
  /// Takes the digits at the beginning.
  static std::optional<std::int64_t> number(std::string_view& text) {
    std::int64_t value = 0;
    if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{}) throw std::runtime_error("id field is too long");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
  }

  /// Replaces the placeholders.
  void attach(Value& data) const {
    if (data.as_list() != nullptr) {
      for (Value& element : data) attach(element);
    } else if (data.contains("_placeholder")) {
      data = Value::Bytes{attachments_.at(data["num"].get<std::size_t>())};
    } else if (data.as_map() != nullptr) {
      for (auto&& [key, member] : data.items()) attach(member);
    }
  }

  SocketIoPacket partial_;  // waits for attachments
  std::int64_t missing_ = 0;
  std::vector<std::string> attachments_;
};
