#include "evaluator/ir_record.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include "evaluator/known_symbol.h"
#include "evaluator/permanent.h"
#include "evaluator/program.h"

namespace evalctl::evaluator {
namespace {

struct Name {
  std::uint32_t end, hash, index;
};

struct Counts {
  std::uint32_t names, name_bytes, line_bytes, bytes, file_function, source_bytes;

  std::size_t total() const { return sizeof *this + names * sizeof(Name) + name_bytes + line_bytes + bytes; }
};
static_assert(sizeof(Counts) % alignof(std::uint64_t) == 0);

// Takes one part of a record after the other.
class Reader {
 public:
  explicit Reader(std::string_view record) : at_(record.data() + sizeof(Counts)) {
    std::memcpy(&counts, record.data(), sizeof counts);
  }
  template <class T>
  std::span<const T> take(std::uint32_t count) {
    auto* first = reinterpret_cast<const T*>(at_);
    at_ += count * sizeof(T);
    return {first, count};
  }
  std::string_view take_text(std::uint32_t bytes) {
    auto all = take<char>(bytes);
    return {all.data(), all.size()};
  }
  Counts counts;

 private:
  const char* at_;
};

struct Parts {
  explicit Parts(std::string_view record) : in(record) {
    const Counts& c = in.counts;
    names = in.take<Name>(c.names);
    name_texts = in.take_text(c.name_bytes);
    lines = in.take_text(c.line_bytes);
    bytes = in.take<std::uint8_t>(c.bytes);
  }
  Reader in;
  std::span<const Name> names;
  std::string_view name_texts, lines;
  std::span<const std::uint8_t> bytes;
};

template <class Item>
void append(std::string& out, std::span<const Item> items) {
  out.append(reinterpret_cast<const char*>(items.data()), items.size_bytes());
}

}  // namespace

bool append_record(std::string& out, const Ir& ir, std::string_view source) {
  constexpr std::size_t kMost = std::size_t{1} << 28;
  if (source.size() >= kMost) return false;
  std::string lines = line_lengths(source), texts;
  auto number = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
  std::vector<Name> names(ir.names.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) names[i].index = i;
  // Who interns them in this order mostly finds bindings in the order of shapes.
  std::ranges::sort(names, {}, [&](const Name& n) { return ir.names[n.index]; });
  for (Name& n : names) {
    std::string_view text = text_of(ir.names[n.index]);
    texts += text;
    n.end = number(texts.size());
    n.hash = symbol_hash(text);
  }
  const IrWriter& bytes = ir.parts->bytes;
  Counts counts{number(names.size()), number(texts.size()), number(lines.size()), bytes.size(), ir.file_function, number(source.size())};
  out.reserve(out.size() + counts.total());
  append(out, std::span<const Counts>(&counts, 1));
  append(out, std::span<const Name>(names));
  out += texts;
  out += lines;
  append(out, std::span<const std::uint8_t>(bytes.data(), bytes.size()));
  return true;
}

std::unique_ptr<const Ir> ir_of_record(std::string_view record) {
  if (record.size() < sizeof(Counts) || Reader(record).counts.total() != record.size()) return nullptr;
  Parts parts(record);
  constexpr std::size_t kAhead = 8;
  auto* names = static_cast<Symbol*>(allocate_permanent(parts.names.size() * sizeof(Symbol)));
  names[0] = {};
  for (std::size_t i = 1; i < parts.names.size(); ++i) {
    if (i + kAhead < parts.names.size()) prefetch_symbol(parts.names[i + kAhead].hash);
    const Name& name = parts.names[i];
    std::uint32_t begin = parts.names[i - 1].end;
    names[name.index] = intern_hashed(parts.name_texts.substr(begin, name.end - begin), name.hash);
  }
  auto ir = std::make_unique<Ir>();
  ir->names = {names, parts.names.size()};
  ir->bytes = parts.bytes.data();
  ir->file_function = parts.in.counts.file_function;
  return ir;
}

namespace {

std::atomic<const RecordKeeper*> keeper_of_records{nullptr};

}  // namespace

void set_record_keeper(const RecordKeeper* keeper) { keeper_of_records.store(keeper); }

void count_function_read() {
  // Little of what is mapped by then is looked at soon, and mapping it again takes little time.
  constexpr std::uint32_t kMany = 8192;
  static std::atomic<std::uint32_t> count{0};
  if ((count.fetch_add(1, std::memory_order_relaxed) + 1) % kMany != 0) return;
  if (const RecordKeeper* keeper = keeper_of_records.load()) keeper->give_back();
}

std::size_t source_size_of_record(std::string_view record) { return Reader(record).counts.source_bytes; }

parser::LineIndex lines_of_record(std::string_view record) { return lines_of_lengths(Parts(record).lines); }

std::string line_lengths(std::string_view source) {
  std::string out;
  parser::LineIndex index(source);
  const std::vector<std::uint32_t>& starts = index.starts();
  for (std::size_t i = 1; i < starts.size(); ++i) {
    std::uint32_t length = starts[i] - starts[i - 1];
    for (; length >= 0x80; length >>= 7) out += static_cast<char>(length | 0x80);
    out += static_cast<char>(length);
  }
  return out;
}

parser::LineIndex lines_of_lengths(std::string_view lengths) {
  std::vector<std::uint32_t> starts{0};
  std::uint32_t length = 0, shift = 0;
  for (char c : lengths) {
    auto byte = static_cast<unsigned char>(c);
    length |= (byte & 0x7fu) << shift;
    shift += 7;
    if (byte & 0x80) continue;
    starts.push_back(starts.back() + length);
    length = shift = 0;
  }
  return parser::LineIndex(std::move(starts));
}

}  // namespace evalctl::evaluator
