// A load shape with classes; the C++ twin of shape.py.
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <cppworker/locust.hpp>

using namespace cppworker;

class Reader : public User {
 public:
  static constexpr WaitTime wait_time = constant(1000s);
  void read() {}
  static constexpr auto tasks() { return task_list(task<&Reader::read>()); }
};

class Writer : public User {
 public:
  static constexpr WaitTime wait_time = constant(1000s);
  void write() {}
  static constexpr auto tasks() { return task_list(task<&Writer::write>()); }
};

struct Steps : LoadTestShape {
  std::optional<Tick> tick() override {
    if (run_time() < 2s) return Tick{.users = 4, .spawn_rate = 4};
    if (run_time() < 4s) return Tick{.users = 8, .spawn_rate = 2, .user_classes = {"Writer"}};
    if (run_time() < 6s) return Tick{.users = 3, .spawn_rate = 10};
    if (current_user_count() != 3) throw std::logic_error("other users are running");
    return {};
  }
};

CPPWORKER_LOCUSTFILE(Reader, Writer)
CPPWORKER_SHAPE(Steps)
