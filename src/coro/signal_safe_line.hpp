#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <unistd.h>

#include "coro/coroutine.hpp"

namespace cppworker::coro {

/// Builds a line for standard error without allocating. Async-signal-safe.
class SignalSafeLine {
 public:
  SignalSafeLine& add(std::string_view text) {
    const std::size_t count = std::min(text.size(), text_.size() - 1 - size_);
    std::memcpy(text_.data() + size_, text.data(), count);
    size_ += count;
    return *this;
  }
  SignalSafeLine& add(std::uint64_t number) {
    std::array<char, 20> digits{};
    std::size_t first = digits.size();
    do {
      digits[--first] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    return add({digits.data() + first, digits.size() - first});
  }
  SignalSafeLine& add_name_of(const Label& label) {
    return add(label.task.empty() ? "(no task)" : label.task)
        .add(" of user class ")
        .add(label.user_class.empty() ? "(none)" : label.user_class);
  }
  void write() {
    text_[size_++] = '\n';
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text_.data(), size_);
  }

 private:
  std::array<char, 1024> text_{};
  std::size_t size_ = 0;
};

}  // namespace cppworker::coro
