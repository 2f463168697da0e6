#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "mqtt/bytes.hpp"

namespace cppworker::mqtt {

enum class PacketType : std::uint8_t {
  kConnect = 1,
  kConnack,
  kPublish,
  kPuback,
  kPubrec,
  kPubrel,
  kPubcomp,
  kSubscribe,
  kSuback,
  kUnsubscribe,
  kUnsuback,
  kPingreq,
  kPingresp,
  kDisconnect,
  kAuth
};

/// "PUBLISH". @param type 0 to 15
[[nodiscard]] std::string_view packet_name(PacketType type);

/// A packet whose fields are not decoded yet.
struct Frame {
  PacketType type{};
  std::uint8_t flags = 0;  ///< the lower 4 bits of the first byte
  std::string_view body{};
};

/// Splits received bytes into packets. Keeps only the part of a packet that has not come
/// completely.
class FrameReader {
 public:
  /// @param packet_max the largest packet that is accepted, in bytes
  explicit FrameReader(std::size_t packet_max = kVarintMax) : packet_max_(packet_max) {}

  /// Calls `handle(const Frame&)` for each packet that is complete, until it returns false. The
  /// packet is valid during the call. Throws MalformedPacket, and what `handle` throws; then this
  /// object must be cleared.
  template <class Handle>
  void feed(std::string_view bytes, const Handle& handle) {
    if (!partial_.empty()) {
      bytes = complete(bytes);
      const Split whole = split(partial_);
      if (!whole.complete) {
        return;
      }
      const std::string packet = std::move(partial_);  // `handle` may clear this object
      partial_ = {};
      if (!handle(split(packet).frame)) {
        return;
      }
    }
    while (!bytes.empty()) {
      const Split next = split(bytes);
      if (!next.complete) {
        partial_.assign(bytes);
        return;
      }
      if (!handle(next.frame)) {
        return;
      }
      bytes.remove_prefix(next.size);
    }
  }
  void clear() { partial_ = {}; }
  /// Whether a part of a packet is kept.
  [[nodiscard]] bool has_partial() const { return !partial_.empty(); }

 private:
  struct Split {
    bool complete = false;
    std::size_t size = 0;  // of the packet; 0: its length has not come yet
    Frame frame{};
  };
  [[nodiscard]] Split split(std::string_view bytes) const;
  /// Moves bytes to the kept part until its packet is complete. Returns the others.
  std::string_view complete(std::string_view bytes);

  std::size_t packet_max_;
  std::string partial_;
};

}  // namespace cppworker::mqtt
