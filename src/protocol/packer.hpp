#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cppworker::protocol {

/// Writes msgpack as Python's `msgpack.dumps` does: the smallest integer format, float64, separate
/// formats for str and bin. All messages are written with it, so that no data that breaks a master
/// can be sent.
class Packer {
 public:
  void nil();
  void boolean(bool value);
  void integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value);

  /// A float64. NaN and infinities become 0: one of them would stay in the master's totals for the
  /// rest of the run, and its web UI can't show it, because JSON can't represent it.
  void real(double value);

  /// A str, made valid UTF-8 by to_utf8(). @pre less than 4 GiB
  void text(std::string_view value);

  /// Python `bytes`. @pre less than 4 GiB
  void bytes(std::string_view value);

  /// Begins an array of `count` values, or a map of `count` pairs of a key and a value.
  void array(std::size_t count);
  void map(std::size_t count);

  /// A value that another Packer has packed.
  void raw(std::string_view packed) { out_ += packed; }

  [[nodiscard]] std::string take() && { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace cppworker::protocol
