#include <cmath>
#include <ctime>

#include <fmt/format.h>

#include <cppworker/dates.hpp>
#include <cppworker/exception.hpp>
#include <cppworker/time.hpp>

namespace cppworker {
namespace {

constexpr double kMicroseconds = 1e6;

/// What one conversion of strftime writes.
std::string converted(std::string_view conversion, const std::tm& time) {
  // The result may be empty, and strftime() then returns 0: a space makes it longer.
  const std::string format = " " + std::string(conversion);
  std::string text(256, '\0');
  text.resize(std::strftime(text.data(), text.size(), format.c_str(), &time));
  return text.empty() ? text : text.substr(1);
}

}  // namespace

double unix_time() { return detail::unix_time(); }

std::string format_utc(double seconds, std::string_view format) {
  constexpr double kYear1 = -62135596800;
  constexpr double kYear10000 = 253402300800;
  double whole = 0;
  double microseconds = std::nearbyint(std::modf(seconds, &whole) * kMicroseconds);
  if (microseconds < 0) {
    whole -= 1;
    microseconds += kMicroseconds;
  } else if (microseconds >= kMicroseconds) {
    whole += 1;
    microseconds -= kMicroseconds;
  }
  if (!(whole >= kYear1 && whole < kYear10000)) {
    throw Error(fmt::format("format_utc(): the time {} is not in the years 1 to 9999", seconds));
  }
  const auto time = static_cast<std::time_t>(whole);
  std::tm fields{};
  ::gmtime_r(&time, &fields);
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      text += format[i];
      continue;
    }
    // Modifiers such as the "-" of "%-d" are those of glibc.
    std::size_t end = i + 1;
    while (end + 1 < format.size() &&
           std::string_view("-_0^#EO123456789").find(format[end]) != std::string_view::npos) {
      ++end;
    }
    if (format[end] == 'f') {
      text += fmt::format("{:06}", static_cast<int>(microseconds));
    } else if (format[end] == 'Z') {
      text += "UTC";
    } else if (format[end] == 's') {
      text += fmt::format("{}", time);  // strftime() would take the fields as local time
    } else {
      text += converted(format.substr(i, end + 1 - i), fields);
    }
    i = end;
  }
  return text;
}

std::string utc_now(std::string_view format) { return format_utc(unix_time(), format); }

}  // namespace cppworker
