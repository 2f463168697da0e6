#include "http/cookie_date.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "http/python_text.hpp"
#include "text/ascii_case.hpp"

namespace cppworker::http {

namespace {

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed",
                                                    "thu", "fri", "sat"};

bool is_digit(char character) { return character >= '0' && character <= '9'; }
bool is_alpha(char character) {
  const char lower = text::to_lower(character);
  return lower >= 'a' && lower <= 'z';
}
bool is_word(char character) {
  return is_digit(character) || is_alpha(character) || character == '_';
}
/// \s of a regular expression with re.ASCII.
bool is_ascii_space(char character) {
  return character == ' ' || (character >= '\t' && character <= '\r');
}

/// Reads a text from the left.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  template <class Predicate>
  std::string_view take_while(Predicate predicate, std::size_t most = std::string_view::npos) {
    std::size_t size = 0;
    while (size < rest_.size() && size < most && predicate(rest_[size])) {
      ++size;
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  bool take(char character) {
    const bool there = rest_.starts_with(character);
    rest_.remove_prefix(there ? 1 : 0);
    return there;
  }
  void skip_spaces() { take_while(is_ascii_space); }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

/// @pre all are digits
int number(std::string_view digits) {
  constexpr std::size_t kMost = 9;
  while (digits.size() > 1 && digits.front() == '0') {
    digits.remove_prefix(1);
  }
  return std::atoi(std::string(digits.substr(0, kMost)).c_str());
}

/// 1 to 12; 0: it is the name of no month.
int month_of(std::string_view name) {
  const std::string lower = text::to_lower(name);
  const auto* const found = std::ranges::find(kMonths, std::string_view(lower));
  return found == kMonths.end() ? 0 : static_cast<int>(found - kMonths.begin()) + 1;
}

/// http.cookiejar's _timegm(): the 31st of a shorter month is a day of the next one.
std::optional<double> unix_time_of(const Date& date) {
  if (date.year < 1970 || date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31 ||
      date.hour > 24 || date.minute > 59 || date.second > 61) {
    return std::nullopt;
  }
  const std::chrono::sys_days first{std::chrono::year(date.year) /
                                    std::chrono::month(static_cast<unsigned>(date.month)) / 1};
  const auto days = static_cast<double>(first.time_since_epoch().count() + date.day - 1);
  return ((days * 24 + date.hour) * 60 + date.minute) * 60 + date.second;
}

/// STRICT_DATE_RE: "Wed, 09 Feb 1994 22:23:32 GMT". A month that does not exist is 0.
std::optional<Date> read_strict(std::string_view text) {
  constexpr std::string_view kForm = "Aaa, dd Aaa dddd dd:dd:dd GMT";
  if (text.size() != kForm.size() ||
      std::string_view("SMTWF").find(text[0]) == std::string_view::npos ||
      std::string_view("JFMASOND").find(text[8]) == std::string_view::npos) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool matches = kForm[i] == 'd'   ? is_digit(text[i])
                         : kForm[i] == 'a' ? text[i] >= 'a' && text[i] <= 'z'
                                           : kForm[i] == 'A' || kForm[i] == text[i];
    if (!matches) {
      return std::nullopt;
    }
  }
  return Date{.year = number(text.substr(12, 4)),
              .month = month_of(text.substr(8, 3)),
              .day = number(text.substr(5, 2)),
              .hour = number(text.substr(17, 2)),
              .minute = number(text.substr(20, 2)),
              .second = number(text.substr(23, 2))};
}

/// WEEKDAY_RE
void skip_weekday(Reader& reader) {
  const std::string start = text::to_lower(reader.rest().substr(0, 3));
  if (std::ranges::find(kWeekdays, std::string_view(start)) != kWeekdays.end()) {
    reader.take_while(is_alpha);
    reader.take(',');
    reader.skip_spaces();
  }
}

bool take_separator(Reader& reader) {
  return !reader.take_while(is_ascii_space).empty() || reader.take('-') || reader.take('/');
}

/// The clock of LOOSE_HTTP_DATE_RE; reads nothing if there is none.
void read_clock(Reader& reader, Date& date) {
  Reader clock = reader;
  if (clock.take_while(is_ascii_space).empty() && !clock.take(':')) {
    return;
  }
  const std::string_view hour = clock.take_while(is_digit, 2);
  if (hour.empty() || !clock.take(':')) {
    return;
  }
  const std::string_view minute = clock.take_while(is_digit, 2);
  if (minute.size() != 2) {
    return;
  }
  date.hour = number(hour);
  date.minute = number(minute);
  reader = clock;
  if (clock.take(':')) {
    const std::string_view second = clock.take_while(is_digit, 2);
    if (second.size() == 2) {
      date.second = number(second);
      reader = clock;
    }
  }
}

/// The time zone of LOOSE_HTTP_DATE_RE as the seconds that it is ahead of UTC. None: unknown.
std::optional<int> read_zone(Reader& reader) {
  reader.skip_spaces();
  const std::string name = text::to_upper(reader.take_while(is_alpha));
  if (!name.empty()) {
    const bool utc = name == "GMT" || name == "UTC" || name == "UT" || name == "Z";
    return utc ? std::optional(0) : std::nullopt;
  }
  Reader signed_zone = reader;
  const bool negative = signed_zone.take('-');
  if (!negative) {
    signed_zone.take('+');
  }
  const std::string_view digits = signed_zone.take_while(is_digit, 4);
  if (digits.size() < 2) {
    return 0;  // what follows is not a time zone
  }
  reader = signed_zone;
  const std::size_t hours = digits.size() == 3 ? 1 : 2;
  const std::string_view minutes = digits.substr(hours);
  const int offset =
      3600 * number(digits.substr(0, hours)) + (minutes.empty() ? 0 : 60 * number(minutes));
  return negative ? -offset : offset;
}

/// "(CET)" after the zone.
void skip_zone_name(Reader& reader) {
  reader.skip_spaces();
  Reader name = reader;
  if (name.take('(') && !name.take_while(is_word).empty() && name.take(')')) {
    name.skip_spaces();
    reader = name;
  }
}

/// The year near `now` that ends with these digits.
int complete_year(int year, double now) {
  const std::chrono::sys_days today{
      std::chrono::days(static_cast<int>(std::floor(now / (24.0 * 3600))))};
  const int current = static_cast<int>(std::chrono::year_month_day(today).year());
  const int ahead = current % 100 - year;
  year += current - current % 100;
  return ahead > 50 ? year + 100 : ahead < -50 ? year - 100 : year;
}

/// LOOSE_HTTP_DATE_RE and _str2time()
std::optional<double> read_loose(std::string_view text, double now) {
  Reader reader(text);
  reader.skip_spaces();
  skip_weekday(reader);
  Date date;
  const std::string_view day = reader.take_while(is_digit, 2);
  if (day.empty() || !take_separator(reader)) {
    return std::nullopt;
  }
  const std::string_view month = reader.take_while(is_word);
  if (month.empty() || !take_separator(reader)) {
    return std::nullopt;
  }
  const std::string_view year = reader.take_while(is_digit);
  if (year.empty()) {
    return std::nullopt;
  }
  read_clock(reader, date);
  const std::optional<int> offset = read_zone(reader);
  skip_zone_name(reader);
  date.year = number(year);
  if (!offset || !reader.rest().empty() || date.year > 9999) {
    return std::nullopt;
  }
  date.day = number(day);
  date.month = month_of(month);
  if (date.month == 0) {
    date.month = static_cast<int>(std::clamp<std::int64_t>(parse_int(month).value_or(0), 0, 13));
  }
  if (date.year < 1000) {
    date.year = complete_year(date.year, now);
  }
  const std::optional<double> seconds = unix_time_of(date);
  return seconds ? std::optional(*seconds - *offset) : std::nullopt;
}

}  // namespace

DateStatus read_cookie_date(std::string_view text, double now, double& seconds) {
  const std::optional<Date> strict = read_strict(text);
  if (strict && strict->month == 0) {
    return DateStatus::kFatal;
  }
  const std::optional<double> time = strict ? unix_time_of(*strict) : read_loose(text, now);
  seconds = time.value_or(0);
  return time ? DateStatus::kRead : DateStatus::kUnknown;
}

}  // namespace cppworker::http
