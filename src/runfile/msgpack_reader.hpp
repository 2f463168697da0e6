#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace cppworker::runfile {

/// Reads msgpack value by value, without a tree of values: a run file of an hour has a hundred
/// million of them. Throws Error for truncated data and for a value of another type than requested.
class MsgpackReader {
 public:
  /// @param bytes outlive this
  explicit MsgpackReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] std::int64_t integer();
  /// A float, or an integer as a float.
  [[nodiscard]] double real();
  [[nodiscard]] std::string_view text();
  /// The number of elements that follow.
  [[nodiscard]] std::size_t array();
  /// The number of pairs that follow.
  [[nodiscard]] std::size_t map();
  /// The bytes of a value of any type, with all that it contains.
  [[nodiscard]] std::string_view raw();

  [[nodiscard]] bool at_end() const { return offset_ == bytes_.size(); }

 private:
  void skip();
  [[nodiscard]] std::uint8_t byte();
  [[nodiscard]] std::uint64_t big_endian(std::size_t size);
  [[nodiscard]] std::size_t count(std::uint64_t count);
  [[nodiscard]] std::string_view take(std::uint64_t size);

  std::string_view bytes_;
  std::size_t offset_ = 0;
};

}  // namespace cppworker::runfile
