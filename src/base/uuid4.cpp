#include "base/uuid4.hpp"

#include <cerrno>
#include <cstddef>
#include <system_error>

#include <sys/random.h>

namespace cppworker::base {

std::array<std::uint8_t, 16> uuid4() {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t done = 0; done < bytes.size();) {
    const auto count = ::getrandom(&bytes.at(done), bytes.size() - done, 0);
    if (count < 0 && errno != EINTR) {
      throw std::system_error(errno, std::system_category(), "uuid4(): getrandom()");
    }
    if (count > 0) done += static_cast<std::size_t>(count);
  }
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0FU) | 0x40U);  // version 4
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3FU) | 0x80U);  // variant of RFC 4122
  return bytes;
}

}  // namespace cppworker::base
