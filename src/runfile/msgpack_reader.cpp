#include "runfile/msgpack_reader.hpp"

#include <bit>
#include <limits>
#include <string>

#include <cppworker/exception.hpp>

namespace cppworker::runfile {
namespace {

[[noreturn]] void fail_type(const char* expected) {
  throw Error(std::string("a value is not ") + expected);
}

bool is_between(std::uint8_t value, unsigned low, unsigned high) {
  return value >= low && value <= high;
}

}  // namespace

std::uint8_t MsgpackReader::byte() {
  if (at_end()) throw Error("the content is incomplete");
  return static_cast<std::uint8_t>(bytes_[offset_++]);
}

std::string_view MsgpackReader::take(std::uint64_t size) {
  if (size > bytes_.size() - offset_) throw Error("the content is incomplete");
  const std::string_view taken = bytes_.substr(offset_, size);
  offset_ += size;
  return taken;
}

std::uint64_t MsgpackReader::big_endian(std::size_t size) {
  std::uint64_t value = 0;
  for (const char c : take(size)) value = value << 8U | static_cast<std::uint8_t>(c);
  return value;
}

/// Each element has at least one byte. That limits what a damaged file can make a reader reserve.
std::size_t MsgpackReader::count(std::uint64_t count) {
  if (count > bytes_.size() - offset_) throw Error("the content is incomplete");
  return count;
}

std::int64_t MsgpackReader::integer() {
  const std::uint8_t first = byte();
  if (first <= 0x7F) return first;
  if (first >= 0xE0) return static_cast<std::int8_t>(first);
  switch (first) {
    case 0xCC:
      return static_cast<std::int64_t>(big_endian(1));
    case 0xCD:
      return static_cast<std::int64_t>(big_endian(2));
    case 0xCE:
      return static_cast<std::int64_t>(big_endian(4));
    case 0xCF: {
      const std::uint64_t value = big_endian(8);
      if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) break;
      return static_cast<std::int64_t>(value);
    }
    case 0xD0:
      return static_cast<std::int8_t>(big_endian(1));
    case 0xD1:
      return static_cast<std::int16_t>(big_endian(2));
    case 0xD2:
      return static_cast<std::int32_t>(big_endian(4));
    case 0xD3:
      return static_cast<std::int64_t>(big_endian(8));
    default:
      break;
  }
  fail_type("an integer");
}

double MsgpackReader::real() {
  const std::uint8_t first = byte();
  if (first == 0xCA) {
    return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(big_endian(4))));
  }
  if (first == 0xCB) return std::bit_cast<double>(big_endian(8));
  --offset_;
  return static_cast<double>(integer());
}

std::string_view MsgpackReader::text() {
  const std::uint8_t first = byte();
  if (is_between(first, 0xA0, 0xBF)) return take(first & 0x1FU);
  if (is_between(first, 0xD9, 0xDB)) return take(big_endian(std::size_t{1} << (first - 0xD9U)));
  fail_type("a text");
}

std::size_t MsgpackReader::array() {
  const std::uint8_t first = byte();
  if (is_between(first, 0x90, 0x9F)) return count(first & 0xFU);
  if (is_between(first, 0xDC, 0xDD)) return count(big_endian(std::size_t{2} << (first - 0xDCU)));
  fail_type("a list");
}

std::size_t MsgpackReader::map() {
  const std::uint8_t first = byte();
  if (is_between(first, 0x80, 0x8F)) return count(first & 0xFU);
  if (is_between(first, 0xDE, 0xDF)) return count(big_endian(std::size_t{2} << (first - 0xDEU)));
  fail_type("a map");
}

std::string_view MsgpackReader::raw() {
  const std::size_t begin = offset_;
  skip();
  return bytes_.substr(begin, offset_ - begin);
}

void MsgpackReader::skip() {
  std::uint64_t values = 1;  // to be skipped
  while (values-- > 0) {
    const std::uint8_t first = byte();
    if (first <= 0x7F) continue;  // a small integer, as most values are
    if (is_between(first, 0x80, 0x8F)) {
      values += 2 * count(first & 0xFU);
    } else if (is_between(first, 0x90, 0x9F)) {
      values += count(first & 0xFU);
    } else if (is_between(first, 0xA0, 0xBF)) {
      (void)take(first & 0x1FU);
    } else if (is_between(first, 0xC4, 0xC6)) {  // bytes
      (void)take(big_endian(std::size_t{1} << (first - 0xC4U)));
    } else if (is_between(first, 0xC7, 0xC9)) {  // an extension, which has a type, too
      (void)take(big_endian(std::size_t{1} << (first - 0xC7U)) + 1);
    } else if (is_between(first, 0xCA, 0xCB)) {  // a float
      (void)take(std::size_t{4} << (first - 0xCAU));
    } else if (is_between(first, 0xCC, 0xCF)) {
      (void)take(std::size_t{1} << (first - 0xCCU));
    } else if (is_between(first, 0xD0, 0xD3)) {
      (void)take(std::size_t{1} << (first - 0xD0U));
    } else if (is_between(first, 0xD4, 0xD8)) {  // an extension of a fixed size
      (void)take((std::size_t{1} << (first - 0xD4U)) + 1);
    } else if (is_between(first, 0xD9, 0xDB)) {
      (void)take(big_endian(std::size_t{1} << (first - 0xD9U)));
    } else if (is_between(first, 0xDC, 0xDD)) {
      values += count(big_endian(std::size_t{2} << (first - 0xDCU)));
    } else if (is_between(first, 0xDE, 0xDF)) {
      values += 2 * count(big_endian(std::size_t{2} << (first - 0xDEU)));
    } else if (first == 0xC1) {
      throw Error("a value has no type");
    }
  }
}

}  // namespace cppworker::runfile
