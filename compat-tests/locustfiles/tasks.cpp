/// Users that do what a script tells them and say each step to the master; the C++ twin of
/// tasks.py, where the script is explained.

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t kPicks = 20'000;

Seconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }

}  // namespace

/// The actions of one user, and what they have set up for its next wait.
class Script {
 public:
  explicit Script(Environment& environment) : environment_(environment) {
    for (const Value& action : *environment.parsed_options().find("script")->as_list()) {
      actions_.push_back(*action.as_string());
    }
  }

  void say(std::string_view line) { environment_.runner.send_message("trace", line); }

  /// on_start or on_stop of a level.
  template <class Holder>
  void hook(std::string_view place, Holder& holder) {
    say(place);
    const std::string prefix = std::string(place) + " ";
    if (!actions_.empty() && actions_.front().starts_with(prefix)) {
      perform(take_action().substr(prefix.size()), holder);
    }
  }

  template <class Holder>
  void task(std::string_view level, Holder& holder) {
    const std::string action = actions_.empty() ? "stop_user" : take_action();
    say(std::string(level) + ": " + action);
    perform(action, holder);
  }

  Seconds wait(std::string_view level) {
    say(std::string(level) + ".wait");
    if (bad_waits_ > 0) {
      --bad_waits_;
      throw std::runtime_error("bad wait");
    }
    if (std::exchange(interrupts_wait_, false)) {
      throw InterruptTaskSet{};
    }
    return std::exchange(next_wait_, 0s);
  }

 private:
  std::string take_action() {
    std::string action = actions_.front();
    actions_.pop_front();
    return action;
  }

  template <class Holder>
  void perform(const std::string& action, Holder& holder);

  Environment& environment_;
  std::deque<std::string> actions_;
  int bad_waits_ = 0;
  bool interrupts_wait_ = false;
  Seconds next_wait_{0};
};

class ScriptedBase : public User {
 public:
  Script& script() { return *script_; }
  Seconds wait_time() { return script().wait("user"); }
  void on_start() override {
    script_.emplace(environment());
    script().hook("user.start", *this);
  }
  void on_stop() override { script().hook("user.stop", *this); }

 private:
  std::optional<Script> script_;
};

/// Works in Outer and, by the action `enter`, in Inner.
class Scripted : public ScriptedBase {
 public:
  struct Outer : TaskSet<Scripted> {
    using TaskSet::TaskSet;
    Seconds wait_time() { return user().script().wait("outer"); }
    void on_start() override { user().script().hook("outer.start", *this); }
    void on_stop() override { user().script().hook("outer.stop", *this); }
    void step() { user().script().task("outer", *this); }
    void first() { user().script().say("first"); }
    void second() { user().script().say("second"); }
    void urgent() { user().script().say("urgent"); }

    struct Inner : TaskSet<Outer> {
      using TaskSet::TaskSet;
      void on_start() override { user().script().hook("inner.start", *this); }
      void on_stop() override { user().script().hook("inner.stop", *this); }
      void step() { user().script().task("inner", *this); }
      static constexpr auto tasks() { return task_list(task<&Inner::step>()); }
    };

    static constexpr auto tasks() { return task_list(task<&Outer::step>()); }
  };

  static constexpr auto tasks() { return task_list(task<Outer>()); }
};

/// Has tasks of its own only.
class ScriptedRoot : public ScriptedBase {
 public:
  void step() { script().task("root", *this); }
  static constexpr auto tasks() { return task_list(task<&ScriptedRoot::step>()); }
};

template <class Holder>
void Script::perform(const std::string& action, Holder& holder) {
  if (action == "raise_and_wait_long") {
    next_wait_ = 600s;
  }
  if (action.starts_with("raise")) {
    throw std::runtime_error("no luck");
  }
  if (action == "reschedule") {
    throw RescheduleTask{};
  }
  if (action == "reschedule_immediately") {
    throw RescheduleTaskImmediately{};
  }
  if (action == "interrupt") {
    throw InterruptTaskSet{};
  }
  if (action == "interrupt_and_wait") {
    throw InterruptTaskSet{.reschedule = false};
  }
  if (action == "stop_user") {
    throw StopUser{};
  }
  if (action == "stop_test") {
    throw StopTest{"enough"};
  }
  if (action == "sleep") {
    sleep_for(800ms);
    say("slept");
  } else if (action == "long_wait") {
    next_wait_ = 600s;
  } else if (action == "wait" || action == "long_wait_in_task") {
    next_wait_ = action == "wait" ? 0s : 600s;
    holder.wait();
    say("waited");
  } else if (action == "bad_wait" || action == "bad_waits") {
    bad_waits_ = action == "bad_wait" ? 1 : 2;
  } else if (action == "interrupt_in_wait") {
    interrupts_wait_ = true;
  } else if (action.starts_with("fire ")) {
    environment_.events.request.fire(
        {.request_type = "ECHO", .name = action, .response_time = 1ms});
    say("fired");
  }
  using Outer = Scripted::Outer;
  if constexpr (std::is_same_v<Holder, Outer>) {
    if (action == "enter") {
      holder.schedule_task(cppworker::task<Outer::Inner>(), true);
    } else if (action == "schedule") {
      holder.schedule_task(cppworker::task<&Outer::first>());
      holder.schedule_task(cppworker::task<&Outer::second>());
      holder.schedule_task(cppworker::task<&Outer::urgent>(), true);
    }
  }
}

/// Twelve steps through sets that have an order.
class Ordered : public User {
 public:
  void step(std::string_view name) {
    environment().runner.send_message("trace", name);
    if (++steps_ == 12) {
      throw StopUser{};
    }
  }

  struct Sequence : SequentialTaskSet<Ordered> {
    using SequentialTaskSet::SequentialTaskSet;
    void a() { user().step("a"); }
    void b() { user().step("b"); }
    void z() { user().step("z"); }

    struct Chain : MarkovTaskSet<Sequence> {
      using MarkovTaskSet::MarkovTaskSet;
      void first() { user().step("first"); }
      void second() { user().step("second"); }
      void third() {
        user().step("third");
        interrupt();
      }
      static constexpr auto tasks() {
        return task_list(task<&Chain::first>({.transitions = {"second"}}),
                         task<&Chain::second>({.transitions = {"third"}}),
                         task<&Chain::third>({.transitions = {"first"}}));
      }
    };

    static constexpr auto tasks() {
      return task_list(task<&Sequence::a>(), task<&Sequence::b>({.weight = 3}), task<Chain>(),
                       task<&Sequence::z>());
    }
  };

  static constexpr auto tasks() { return task_list(task<Sequence>()); }

 private:
  int steps_ = 0;
};

/// Counts what it picks, and tells in the end.
class Picking : public User {
 public:
  void pick(const char* name) {
    ++picks_[name];
    if (++all_picks_ == kPicks) {
      Value::Map counts;
      for (const auto& [picked, count] : picks_) {
        counts.emplace_back(picked, count);
      }
      environment().runner.send_message("picks", counts);
      throw StopUser{};
    }
  }
  void one() { pick("one"); }
  void four() { pick("four"); }

  struct Set : TaskSet<Picking> {
    void three() {
      user().pick("three");
      interrupt();
    }
    void rest() {
      user().pick("rest");
      interrupt();
    }
    static constexpr auto tasks() {
      return task_list(task<&Set::three>({.weight = 3}), task<&Set::rest>());
    }
  };

  struct Chain : MarkovTaskSet<Picking> {
    void begin() {}
    void left() {
      user().pick("left");
      interrupt();
    }
    void right() {
      user().pick("right");
      interrupt();
    }
    static constexpr auto tasks() {
      return task_list(task<&Chain::begin>({.transitions = {{"left", 1}, {"right", 3}}}),
                       task<&Chain::left>({.transitions = {"begin"}}),
                       task<&Chain::right>({.transitions = {"begin"}}));
    }
  };

  static constexpr auto tasks() {
    return task_list(task<&Picking::one>(), task<&Picking::four>({.weight = 4}),
                     task<Set>({.weight = 2}), task<Chain>({.weight = 3}));
  }

 private:
  std::map<std::string, std::int64_t> picks_;
  std::int64_t all_picks_ = 0;
};

/// Tells which tasks 200 picks have found.
class Tagged : public User {
 public:
  void find(const char* name) {
    found_.insert(name);
    if (++finds_ == 200) {
      environment().runner.send_message("found", Value::List(found_.begin(), found_.end()));
      throw StopUser{};
    }
  }
  void plain() { find("plain"); }
  void read() { find("read"); }
  void slow_read() { find("slow_read"); }

  struct Set : TaskSet<Tagged> {
    void inner() {
      user().find("inner");
      interrupt();
    }
    void slow_inner() {
      user().find("slow_inner");
      interrupt();
    }
    static constexpr auto tasks() {
      return task_list(task<&Set::inner>(), task<&Set::slow_inner>({.tags = {"slow"}}));
    }
  };

  static constexpr auto tasks() {
    return task_list(task<&Tagged::plain>(), task<&Tagged::read>({.tags = {"read"}}),
                     task<&Tagged::slow_read>({.tags = {"read", "slow"}}),
                     task<Set>({.tags = {"read"}}));
  }

 private:
  std::set<std::string> found_;
  int finds_ = 0;
};

/// Tells when the second and the tenth task began, in seconds since the first.
class Paced : public User {
 public:
  static constexpr WaitTime wait_time = constant_pacing(250ms);

  void work() {
    begins_.push_back(now());
    if (begins_.size() == 10) {
      const auto began = [this](std::size_t i) { return (begins_[i] - begins_[0]).count(); };
      environment().runner.send_message("paced", Value::List{began(1), began(9)});
      throw StopUser{};
    }
    sleep_for(100ms);
  }
  static constexpr auto tasks() { return task_list(task<&Paced::work>()); }

 private:
  std::vector<Seconds> begins_;
};

/// A base that is not run itself.
class Idle : public User {
 public:
  static constexpr WaitTime wait_time = constant(600s);
  void nothing() {}
  static constexpr auto tasks() { return task_list(task<&Idle::nothing>()); }
};

class Light : public Idle {};

class Heavy : public Idle {
 public:
  static constexpr double weight = 3;
};

class Fixed : public Idle {
 public:
  static constexpr int fixed_count = 3;
  static constexpr double weight = 100;
};

void on_request(const RequestEvent& event) {
  if (event.name == "fire reschedule") {
    throw RescheduleTask{};
  }
  if (event.name == "fire reschedule_immediately") {
    throw RescheduleTaskImmediately{};
  }
  if (event.name == "fire interrupt") {
    throw InterruptTaskSet{};
  }
  if (event.name == "fire stop_user") {
    throw StopUser{};
  }
  if (event.name == "fire raise") {
    throw std::runtime_error("bad listener");
  }
}

void on_init(Environment& environment) {
  environment.events.request.add_listener(on_request);
  environment.runner.register_message("sync", [](Environment& here, const Message& /*message*/) {
    here.runner.send_message("synced");
  });
  environment.events.report_to_master.add_listener([](const ReportToMasterEvent& event) {
    event.data.emplace_back(
        "added", Value::Map{{"by", "a listener"}, {"numbers", Value::List{1, 2.5, nullptr}}});
  });
}

CPPWORKER_INIT(on_init)
CPPWORKER_LOCUSTFILE(Scripted, ScriptedRoot, Ordered, Picking, Tagged, Paced, Light, Heavy, Fixed)
