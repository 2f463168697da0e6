// The kinds of load shapes in Locust's examples/custom_shape; the C++ twin of shapes.py. SHAPE
// chooses one.
#include <cmath>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <cppworker/locust.hpp>

using namespace cppworker;

void record(const std::string& what) {
  log_info("record " + what + " " + std::to_string(unix_time()));
}

class Reader : public User {
 public:
  static constexpr WaitTime wait_time = constant(1000s);
  void on_start() override { record("+Reader"); }
  void on_stop() override { record("-Reader"); }
  void read() {}
  static constexpr auto tasks() { return task_list(task<&Reader::read>()); }
};

class Writer : public User {
 public:
  static constexpr WaitTime wait_time = constant(1000s);
  void on_start() override { record("+Writer"); }
  void on_stop() override { record("-Writer"); }
  void write() {}
  static constexpr auto tasks() { return task_list(task<&Writer::write>()); }
};

struct Chosen : LoadTestShape {
  std::optional<Tick> tick() override {
    record("tick");
    const std::string kind = env("SHAPE");
    if (kind == "stages") return stages();
    if (kind == "double_wave") return double_wave();
    if (kind == "step_load") return step_load();
    if (kind == "staging_user_classes") return staging_user_classes();
    if (kind == "wait_user_count") return wait_user_count();
    throw std::invalid_argument("SHAPE=" + kind);
  }

  struct Stage {
    Seconds until{0};
    Tick tick;
  };

  std::optional<Tick> at(const std::vector<Stage>& stages) const {
    for (const Stage& stage : stages) {
      if (run_time() < stage.until) return stage.tick;
    }
    return {};
  }

  std::optional<Tick> stages() {
    return at({{3s, {.users = 6, .spawn_rate = 3}},
               {7s, {.users = 20, .spawn_rate = 5}},
               {11s, {.users = 4, .spawn_rate = 8}},
               {13s, {.users = 2, .spawn_rate = 1}},
               {15s, {.users = 5, .spawn_rate = 2}}});
  }

  std::optional<Tick> double_wave() {
    const double second = std::floor(run_time().count());
    if (second >= 16) return {};
    const auto wave = [&](double height, double peak) {
      return height * std::exp(-std::pow((second - peak) / 2, 2));
    };
    const std::int64_t users = std::lround(3 + wave(12, 5) + wave(7, 11));
    return Tick{.users = users, .spawn_rate = static_cast<double>(users)};
  }

  std::optional<Tick> step_load() {
    if (run_time() > 15.5s) return {};
    const double step = std::floor(run_time() / 3s) + 1;
    return Tick{.users = static_cast<std::int64_t>(step) * 5, .spawn_rate = 4};
  }

  std::optional<Tick> staging_user_classes() {
    return at({{3s, {.users = 6, .spawn_rate = 6, .user_classes = {"Reader"}}},
               {6s, {.users = 14, .spawn_rate = 4, .user_classes = {"Writer"}}},
               {9s, {.users = 20, .spawn_rate = 3, .user_classes = {"Reader", "Writer"}}},
               {12s, {.users = 8, .spawn_rate = 6}},
               {15s, {.users = 12, .spawn_rate = 2, .user_classes = {"Writer"}}}});
  }

  std::optional<Tick> wait_user_count() {
    struct Target {
      std::int64_t users;
      Seconds time;
    };
    static const Target targets[] = {{8, 2.5s}, {20, 3.5s}, {5, 2.5s}};
    if (reached_ == std::size(targets)) return {};
    const Target& target = targets[reached_];
    if (current_user_count() == target.users) {
      if (!waits_) reset_time();
      waits_ = run_time() <= target.time;
      if (!waits_) ++reached_;
    }
    return Tick{.users = target.users, .spawn_rate = 100};
  }

  std::size_t reached_ = 0;
  bool waits_ = false;
};

CPPWORKER_LOCUSTFILE(Reader, Writer)
CPPWORKER_SHAPE(Chosen)
