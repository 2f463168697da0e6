#include "http2/keepalive.hpp"

namespace cppworker::http2 {

Keepalive::Keepalive(coro::Scheduler& scheduler, const KeepaliveSettings& settings, Owner& owner)
    : scheduler_(scheduler),
      settings_(settings),
      owner_(owner),
      last_bytes_(scheduler.turn_time()),
      timer_(
          scheduler, [](void* self) { static_cast<Keepalive*>(self)->on_timer(); }, this) {
  timer_.arm(last_bytes_ + settings_.time);
}

void Keepalive::note_bytes() {
  last_bytes_ = scheduler_.turn_time();  // the timer is armed anew when it fires
  is_ping_sent_ = false;
}

void Keepalive::note_stream() {
  if (!timer_.armed()) timer_.arm(scheduler_.turn_time() + settings_.time);
}

void Keepalive::on_timer() {
  if (is_ping_sent_) return owner_.give_up();
  const coro::TimePoint now = scheduler_.turn_time();
  if (now < last_bytes_ + settings_.time) return timer_.arm(last_bytes_ + settings_.time);
  if (!settings_.without_calls && !owner_.has_open_streams()) return;
  is_ping_sent_ = true;
  timer_.arm(now + settings_.timeout);
  owner_.send_ping();
}

}  // namespace cppworker::http2
