#include "protocol/packer.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <msgpack.hpp>

#include "base/check.hpp"
#include "text/utf8.hpp"

namespace cppworker::protocol {
namespace {

struct StringSink {
  std::string& out;
  void write(const char* data, std::size_t size) { out.append(data, size); }
};

/// msgpack's lengths have 32 bits.
constexpr std::size_t kMaxSize = std::numeric_limits<std::uint32_t>::max();

/// `pack(packer)` appends to `out`.
template <typename Pack>
void append(std::string& out, Pack pack) {
  StringSink sink{out};
  msgpack::packer<StringSink> packer(sink);
  pack(packer);
}

}  // namespace

void Packer::nil() {
  append(out_, [](auto& packer) { packer.pack_nil(); });
}

void Packer::boolean(bool value) {
  append(out_, [&](auto& packer) { value ? packer.pack_true() : packer.pack_false(); });
}

void Packer::integer(std::int64_t value) {
  append(out_, [&](auto& packer) { packer.pack_int64(value); });
}

void Packer::unsigned_integer(std::uint64_t value) {
  append(out_, [&](auto& packer) { packer.pack_uint64(value); });
}

void Packer::real(double value) {
  // msgpack-c's pack_double() writes a float without fraction as an integer. With it the type of a
  // field would change from report to report.
  const auto bits = std::bit_cast<std::uint64_t>(std::isfinite(value) ? value : 0.0);
  out_ += '\xCB';
  for (int shift = 56; shift >= 0; shift -= 8) {
    out_ += static_cast<char>(static_cast<unsigned char>(bits >> static_cast<unsigned>(shift)));
  }
}

void Packer::text(std::string_view value) {
  const std::string valid = text::to_utf8(value);
  CHECK(valid.size() <= kMaxSize);
  append(out_, [&](auto& packer) {
    packer.pack_str(static_cast<std::uint32_t>(valid.size()));
    packer.pack_str_body(valid.data(), static_cast<std::uint32_t>(valid.size()));
  });
}

void Packer::bytes(std::string_view value) {
  CHECK(value.size() <= kMaxSize);
  append(out_, [&](auto& packer) {
    packer.pack_bin(static_cast<std::uint32_t>(value.size()));
    packer.pack_bin_body(value.data(), static_cast<std::uint32_t>(value.size()));
  });
}

void Packer::array(std::size_t count) {
  CHECK(count <= kMaxSize);
  append(out_, [&](auto& packer) { packer.pack_array(static_cast<std::uint32_t>(count)); });
}

void Packer::map(std::size_t count) {
  CHECK(count <= kMaxSize);
  append(out_, [&](auto& packer) { packer.pack_map(static_cast<std::uint32_t>(count)); });
}

}  // namespace cppworker::protocol
