#include "report/packed_numbers.hpp"

#include <string_view>

namespace cppworker::report {

void PackedNumbers::add(std::int64_t number) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr unsigned kBits = 5;  // a digit has 5 bits of the number and one for "more follow"
  constexpr std::uint64_t kMask = (1U << kBits) - 1;
  // The lowest bit is the sign.
  const bool is_negative = number < 0;
  const std::uint64_t size = is_negative ? std::uint64_t{0} - static_cast<std::uint64_t>(number)
                                         : static_cast<std::uint64_t>(number);
  std::uint64_t rest = size << 1U | (is_negative ? 1U : 0U);
  do {
    const std::uint64_t digit = rest & kMask;
    rest >>= kBits;
    text_ += kDigits[digit | (rest > 0 ? kMask + 1 : 0)];
  } while (rest > 0);
}

}  // namespace cppworker::report
