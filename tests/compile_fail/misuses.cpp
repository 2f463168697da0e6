// Mistakes in locustfiles. Each namespace has one mistake. The compiler must report it with the
// message in `expect` and with a line of that namespace. check.py compiles all of them at once.
#include <chrono>

#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

/// What CPPWORKER_LOCUSTFILE does with a class.
#define LOCUSTFILE(User) static_assert(!detail::kUserClass<User>.name.empty())

namespace no_tasks {
// expect: this class needs a public `static constexpr auto tasks()` that returns a task_list(...)
class Shopper : public User {
 public:
  void buy() {}
};
LOCUSTFILE(Shopper);
}  // namespace no_tasks

namespace empty_tasks {
// expect: tasks() of this class lists no task to run
class Shopper : public User {
 public:
  static constexpr auto tasks() { return task_list(); }
};
LOCUSTFILE(Shopper);
}  // namespace empty_tasks

namespace task_of_another_class {
// expect: this task is a method of another class; list only methods of the user or TaskSet itself
class Other : public User {
 public:
  void buy() {}
};
class Shopper : public User {
 public:
  static constexpr auto tasks() { return task_list(task<&Other::buy>()); }
};
LOCUSTFILE(Shopper);
}  // namespace task_of_another_class

namespace task_with_an_argument {
// expect: a task is a method without arguments
class Shopper : public User {
 public:
  void buy(int /*amount*/) {}
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>()); }
};
LOCUSTFILE(Shopper);
}  // namespace task_with_an_argument

namespace on_start_as_a_task {
// expect: on_start and on_stop are called when a user starts and stops
class Shopper : public User {
 public:
  void on_start() override {}
  static constexpr auto tasks() { return task_list(task<&Shopper::on_start>()); }
};
LOCUSTFILE(Shopper);
}  // namespace on_start_as_a_task

namespace negative_task_weight {
// expect: task(): the weight can't be negative
class Shopper : public User {
 public:
  void buy() {}
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>({.weight = -1})); }
};
LOCUSTFILE(Shopper);
}  // namespace negative_task_weight

namespace negative_class_weight {
// expect: weight, fixed_count and iterations can't be negative
class Shopper : public User {
 public:
  static constexpr int fixed_count = -2;
  void buy() {}
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>()); }
};
LOCUSTFILE(Shopper);
}  // namespace negative_class_weight

namespace negative_iterations {
// expect: weight, fixed_count and iterations can't be negative
class Shopper : public User {
 public:
  static constexpr int iterations = -1;
  void buy() {}
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>()); }
};
LOCUSTFILE(Shopper);
}  // namespace negative_iterations

namespace fractional_iterations {
// expect: iterations must be a whole number
class Shopper : public User {
 public:
  static constexpr double iterations = 1.5;
  void buy() {}
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>()); }
};
LOCUSTFILE(Shopper);
}  // namespace fractional_iterations

namespace own_member_iterations {
// expect: or give your own member another name
class Shopper : public User {
 public:
  int iterations = 0;
  void buy() { ++iterations; }
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>()); }
};
LOCUSTFILE(Shopper);
}  // namespace own_member_iterations

namespace no_tag_name {
// expect: .tags needs at least one tag name
class Shopper : public User {
 public:
  void buy() {}
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>({.tags = {}})); }
};
LOCUSTFILE(Shopper);
}  // namespace no_tag_name

namespace not_a_task_set {
// expect: T is not a TaskSet; derive it from TaskSet<
class Shopper : public User {
 public:
  struct Checkout {};
  static constexpr auto tasks() { return task_list(task<Checkout>()); }
};
LOCUSTFILE(Shopper);
}  // namespace not_a_task_set

namespace task_set_of_another_parent {
// expect: this TaskSet has another parent
class Other : public User {};
struct Checkout : TaskSet<Other> {
  void pay() {}
  static constexpr auto tasks() { return task_list(task<&Checkout::pay>()); }
};
class Shopper : public User {
 public:
  static constexpr auto tasks() { return task_list(task<Checkout>()); }
};
LOCUSTFILE(Shopper);
}  // namespace task_set_of_another_parent

namespace transitions_outside_of_markov {
// expect: .transitions are only for tasks of a MarkovTaskSet
class Shopper : public User {
 public:
  void buy() {}
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>({.transitions = {"buy"}})); }
};
LOCUSTFILE(Shopper);
}  // namespace transitions_outside_of_markov

namespace unknown_markov_target {
// expect: MarkovTaskSet: a transition names a task that tasks() does not list
class Shopper : public User {
 public:
  struct Chain : MarkovTaskSet<Shopper> {
    void buy() {}
    static constexpr auto tasks() { return task_list(task<&Chain::buy>({.transitions = {"by"}})); }
  };
  static constexpr auto tasks() { return task_list(task<Chain>()); }
};
LOCUSTFILE(Shopper);
}  // namespace unknown_markov_target

namespace markov_task_without_transitions {
// expect: MarkovTaskSet: every task needs `.transitions =
class Shopper : public User {
 public:
  struct Chain : MarkovTaskSet<Shopper> {
    void buy() {}
    void leave() {}
    static constexpr auto tasks() {
      return task_list(task<&Chain::buy>({.transitions = {"leave"}}), task<&Chain::leave>());
    }
  };
  static constexpr auto tasks() { return task_list(task<Chain>()); }
};
LOCUSTFILE(Shopper);
}  // namespace markov_task_without_transitions

namespace markov_task_with_tags {
// expect: MarkovTaskSet: tags are unsupported since they can make the markov chain invalid
class Shopper : public User {
 public:
  struct Chain : MarkovTaskSet<Shopper> {
    void buy() {}
    static constexpr auto tasks() {
      return task_list(task<&Chain::buy>({.tags = {"a"}, .transitions = {"buy"}}));
    }
  };
  static constexpr auto tasks() { return task_list(task<Chain>()); }
};
LOCUSTFILE(Shopper);
}  // namespace markov_task_with_tags

namespace negative_transition {
// expect: the weight of a transition can't be negative
class Shopper : public User {
 public:
  struct Chain : MarkovTaskSet<Shopper> {
    void buy() {}
    static constexpr auto tasks() {
      return task_list(task<&Chain::buy>({.transitions = {{"buy", -3}}}));
    }
  };
  static constexpr auto tasks() { return task_list(task<Chain>()); }
};
LOCUSTFILE(Shopper);
}  // namespace negative_transition

namespace wait_of_the_wrong_type {
// expect: wait_time must be `static constexpr WaitTime wait_time = between(1s, 5s);` or a method
class Shopper : public User {
 public:
  static constexpr auto wait_time = 5s;
  void buy() {}
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>()); }
};
LOCUSTFILE(Shopper);
}  // namespace wait_of_the_wrong_type

namespace constant_without_a_unit {
// expect: constant(): a wait needs a unit: constant(1s)
class Shopper : public User {
 public:
  static constexpr WaitTime wait_time = constant(0.5);
};
}  // namespace constant_without_a_unit

namespace between_without_a_unit {
// expect: between(): a wait needs a unit: between(1s, 5s)
class Shopper : public User {
 public:
  static constexpr WaitTime wait_time = between(1, 2.5);
};
}  // namespace between_without_a_unit

namespace pacing_without_a_unit {
// expect: constant_pacing(): a wait needs a unit: (1s)
class Shopper : public User {
 public:
  static constexpr WaitTime wait_time = constant_pacing(3);
};
}  // namespace pacing_without_a_unit

namespace wait_the_wrong_way_round {
// expect: between(): needs 0 <= min_wait <= max_wait
class Shopper : public User {
 public:
  static constexpr WaitTime wait_time = between(5s, 1s);
};
}  // namespace wait_the_wrong_way_round

namespace no_throughput {
// expect: constant_throughput() requires a positive rate
class Shopper : public User {
 public:
  static constexpr WaitTime wait_time = constant_throughput(0);
};
}  // namespace no_throughput

namespace tasks_of_no_base {
// expect: tasks_of<Base>(): Base is not a base of this class
class Other : public User {
 public:
  void buy() {}
  static constexpr auto tasks() { return task_list(task<&Other::buy>()); }
};
class Shopper : public User {
 public:
  static constexpr auto tasks() { return task_list(tasks_of<Other>()); }
};
LOCUSTFILE(Shopper);
}  // namespace tasks_of_no_base

namespace no_user {
// expect: CPPWORKER_LOCUSTFILE: this class is not a User
struct Shopper {
  static constexpr auto tasks() { return task_list(); }
};
LOCUSTFILE(Shopper);
}  // namespace no_user

namespace abstract_user {
// expect: a class with pure virtual methods can't run
class Shopper : public User {
 public:
  virtual void buy() = 0;
  static constexpr auto tasks() { return task_list(task<&Shopper::buy>()); }
};
LOCUSTFILE(Shopper);
}  // namespace abstract_user

namespace schedules_a_users_task {
// expect: schedule_task(): the task must be a method of this TaskSet
class Shopper : public User {
 public:
  void buy() {}
  struct Checkout : TaskSet<Shopper> {
    void pay() { schedule_task(task<&Shopper::buy>()); }
    static constexpr auto tasks() { return task_list(task<&Checkout::pay>()); }
  };
  static constexpr auto tasks() { return task_list(task<Checkout>()); }
};
LOCUSTFILE(Shopper);
}  // namespace schedules_a_users_task

// Copies that would lose a verdict, views of temporaries, and unintended conversions.

namespace check_by_value {
// expect: the check of a request takes its response by reference: take CatchResponse& response
void check(HttpSession& client) {
  client.get("/", {}, [](CatchResponse response) { response.failure("lost"); });
}
}  // namespace check_by_value

namespace check_by_auto {
// expect: the check of a request takes its response by reference: take CatchResponse& response
void check(HttpSession& client) {
  client.get("/", {}, [](auto response) { response.failure("lost"); });
}
}  // namespace check_by_auto

namespace rest_check_by_value {
// expect: for rest() RestResponse& response
void check(HttpSession& client) {
  client.rest("GET", "/", {}, [](RestResponse response) { response.failure("lost"); });
}
}  // namespace rest_check_by_value

namespace caught_response_is_copied {
// expect: take CatchResponse& response (or auto& response)
void check(HttpSession& client) {
  client.get("/", {}, [](CatchResponse& response) { auto copy = response; });
}
}  // namespace caught_response_is_copied

namespace measured_by_value {
// expect: measure(): the body takes its argument by reference
void measure(Environment& environment) {
  environment.events.request.measure("A", "b", [](auto request) { request.response_length = 7; });
}
}  // namespace measured_by_value

namespace listener_by_value {
// expect: add_listener(): a listener takes the event by const reference
void listen(Environment& environment) {
  environment.events.request.add_listener([](RequestEvent /*event*/) {});
}
}  // namespace listener_by_value

namespace message_listener_by_value {
// expect: register_message(): the listener is a function `void f(Environment& environment, const
void listen(Environment& environment) {
  environment.runner.register_message("x", [](Environment&, Message /*message*/) {});
}
}  // namespace message_listener_by_value

namespace event_is_kept {
// expect: take it by reference; copy single fields
void listen(const RequestEvent& event) { auto kept = event; }
}  // namespace event_is_kept

namespace message_is_kept {
// expect: take it by reference; copy single fields
void listen(const Message& message) { auto kept = message; }
}  // namespace message_is_kept

namespace cookie_without_default {
// expect: use cookies["x"] or get("x", "default")
void look(const Response& response) { auto token = response.cookies().get("csrftoken"); }
}  // namespace cookie_without_default

namespace header_without_default {
// expect: use headers["X"] or get("X", "default")
void look(const Response& response) { auto type = response.headers.get("Content-Type"); }
}  // namespace header_without_default

namespace list_of_a_temporary {
// expect: of a temporary: use get<Value::List>()
void look(const Response& response) {
  for (const Value& item : *response.json()["items"].as_list()) static_cast<void>(item);
}
}  // namespace list_of_a_temporary

namespace map_of_a_temporary {
// expect: of a temporary: use get<Value::Map>()
void look(const Response& response) { auto* map = response.json().as_map(); }
}  // namespace map_of_a_temporary

namespace text_of_a_temporary {
// expect: of a temporary: use get<std::string>()
void look(const Response& response) { auto* text = response.json()["id"].as_string(); }
}  // namespace text_of_a_temporary

namespace bool_of_a_temporary {
// expect: of a temporary: use get<bool>()
void look(const Response& response) { auto* flag = response.json()["ok"].as_bool(); }
}  // namespace bool_of_a_temporary

namespace bytes_of_a_temporary {
// expect: of a temporary: use get<Value::Bytes>()
void look(const Response& response) { auto* bytes = response.json()["raw"].as_bytes(); }
}  // namespace bytes_of_a_temporary

namespace member_of_a_temporary {
// expect: keep the Value in a variable first
void look(const Response& response) { const Value* items = response.json().find("items"); }
}  // namespace member_of_a_temporary

namespace data_of_a_temporary {
// expect: keep the Value in a variable first
void look(const Response& response) { auto& data = response.json().data(); }
}  // namespace data_of_a_temporary

namespace pieces_of_a_temporary {
// expect: keep the response in a variable
void read(HttpSession& client) {
  for (std::string_view piece : client.get("/").iter_content()) static_cast<void>(piece);
}
}  // namespace pieces_of_a_temporary

namespace lines_of_a_temporary {
// expect: keep the response in a variable
void read(HttpSession& client) {
  for (std::string_view line : client.get("/").iter_lines()) static_cast<void>(line);
}
}  // namespace lines_of_a_temporary

namespace row_of_a_temporary_feeder {
// expect: make the feeder a global
void feed(Environment& environment) { auto row = CsvFeeder("accounts.csv").next(environment); }
}  // namespace row_of_a_temporary_feeder

namespace value_of_a_character {
// expect: a character is not a Value
Value letter = 'a';
}  // namespace value_of_a_character

namespace value_of_a_pointer {
// expect: a pointer is not a Value: write *pointer
int number = 7;
Value value = &number;
}  // namespace value_of_a_pointer

namespace value_of_a_pointer_in_json {
// expect: a pointer is not a Value: write *pointer
void send(const Value& item) { to_json(Value::Map{{"item", &item}}); }
}  // namespace value_of_a_pointer_in_json

namespace waits_for_the_socket_below_a_buffer {
// expect: use stream.wait_readable(timeout); for setsockopt() native_handle()
void listen(TcpStream& stream) { static_cast<void>(wait_readable(stream.fd(), 2s)); }
}  // namespace waits_for_the_socket_below_a_buffer

namespace gather_of_a_result {
// expect: gather() takes functions without parameters
class Shopper : public HttpUser {
 public:
  void buy() { gather(client().get("/a"), client().get("/b")); }
};
}  // namespace gather_of_a_result

namespace spawn_of_a_result {
// expect: spawn() takes a function without parameters
class Shopper : public HttpUser {
 public:
  void buy() { spawn(client().get("/a")); }
};
}  // namespace spawn_of_a_result
