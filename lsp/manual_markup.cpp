#include "lsp/manual_markup.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "lsp/docbook.h"

namespace evalctl::lsp {
namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }

std::size_t run_of(std::string_view text, char letter) {
  return std::min(text.find_first_not_of(letter), text.size());
}

// "{.note}" or " {.note #id}" -> "note"
std::string_view class_of(std::string_view rest) {
  std::size_t dot = rest.find("{.");
  if (dot == rest.npos) return {};
  rest.remove_prefix(dot + 2);
  return rest.substr(0, std::min(rest.find_first_of(" }"), rest.size()));
}

// What is behind the last character of `[text](target)` at the beginning of `rest`, and its parts. 0 where there is no link.
std::size_t read_link(std::string_view rest, std::string_view& text, std::string_view& target) {
  std::size_t depth = 0, at = 0;
  for (; at < rest.size(); ++at) {
    if (rest[at] == '[') ++depth;
    if (rest[at] == ']' && --depth == 0) break;
  }
  if (at + 1 >= rest.size() || (rest[at + 1] != '(' && rest[at + 1] != '{')) return 0;
  std::size_t end = rest.find(rest[at + 1] == '(' ? ')' : '}', at);
  if (end == rest.npos) return 0;
  text = rest.substr(1, at - 1);
  target = rest.substr(at + 2, end - at - 2);
  return end + 1;
}

class Markdown {
 public:
  std::string run(std::string_view text) {
    while (!text.empty()) {
      std::size_t end = std::min(text.find('\n'), text.size());
      line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    while (out_.ends_with('\n')) out_.pop_back();
    return std::move(out_);
  }

 private:
  void line(std::string_view line) {
    std::string_view content = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    bool fence = content.starts_with("```") || content.starts_with("~~~");
    if (fence) toggle(content);
    if (fence || !fence_.empty()) return put(line);
    if (content.starts_with(":::")) return block(content.substr(run_of(content, ':')));
    std::string shown = inline_parts(line);
    // A heading of the manual is no heading of what an editor shows.
    std::size_t level = run_of(content, '#');
    bool heading = level > 0 && level < content.size() && content[level] == ' ';
    if (heading) {
      shown = "**" + inline_parts(content.substr(level + 1)) + "**";
      if (std::size_t id = shown.find(" {#"); id != shown.npos) shown.erase(id, shown.find('}', id) + 1 - id);
    }
    put(shown);
    if (heading) put("");
  }

  void toggle(std::string_view content) {
    std::string_view mark = content.substr(0, run_of(content, content[0]));
    if (fence_.empty()) fence_ = mark;
    else if (mark.size() >= fence_.size() && mark[0] == fence_[0]) fence_.clear();
  }

  void put(std::string_view line) {
    bool quoted = std::ranges::find(blocks_, true) != blocks_.end();
    if (line.empty() && fence_.empty() && (out_.ends_with("\n\n") || out_.ends_with("\n>\n"))) return;
    if (quoted) out_ += line.empty() ? ">" : "> ";
    out_.append(line).append("\n");
  }

  // `:::{.note}` begins what `:::` ends. Examples are as wide as the text, others set off from it.
  void block(std::string_view rest) {
    std::string name(class_of(rest));
    if (name.empty()) {
      if (!blocks_.empty()) blocks_.pop_back();
      return out_.append("\n"), void();
    }
    blocks_.push_back(name != "example");
    name[0] = static_cast<char>(name[0] - 'a' + 'A');
    put("**" + name + "**");
    put("");
  }

  std::string inline_parts(std::string_view line) {
    std::string out;
    for (std::size_t i = 0; i < line.size();) {
      std::string_view rest = line.substr(i);
      if (rest[0] == '`') {
        i += code(rest, out);
      } else if (std::size_t role = role_of(rest); role > 0) {
        i += role;
      } else if (std::size_t used = rest[0] == '[' ? link(rest, out) : 0; used > 0) {
        i += used;
      } else {
        out += line[i++];
      }
    }
    return out;
  }

  // "{option}`a`" is code like any other.
  static std::size_t role_of(std::string_view rest) {
    if (rest[0] != '{') return 0;
    std::size_t end = 1;
    while (end < rest.size() && is_letter(rest[end])) ++end;
    return end > 1 && rest.substr(end).starts_with("}`") ? end + 1 : 0;
  }

  static std::size_t code(std::string_view rest, std::string& out) {
    std::size_t size = run_of(rest, '`');
    std::string_view mark = rest.substr(0, size);
    std::size_t end = size;
    for (;;) {
      end = rest.find(mark, end);
      if (end == rest.npos) return out.append(mark), size;
      std::size_t found = run_of(rest.substr(end), '`');
      if (found == size) break;
      end += found;
    }
    out.append(rest.substr(0, end + size));
    return end + size;
  }

  // Of links inside of a manual the text is left.
  std::size_t link(std::string_view rest, std::string& out) {
    std::string_view text, target;
    std::size_t used = read_link(rest, text, target);
    if (used == 0) return 0;
    constexpr std::string_view kOption = "#opt-";
    bool attributes = rest[used - 1] == '}';
    bool outside = target.contains("://") || target.starts_with("mailto:");
    if (attributes && !target.starts_with('#') && !target.starts_with('.')) return 0;
    if (attributes) out += inline_parts(text);
    else if (outside) out += fmt::format("[{}]({})", inline_parts(text), target);
    else if (!text.empty()) out += inline_parts(text);
    else if (target.starts_with(kOption)) out += fmt::format("`{}`", target.substr(kOption.size()));
    else out += target.substr(target.starts_with('#'));
    return used;
  }

  std::string out_;
  // The mark of the block of code that is open.
  std::string fence_;
  // Of each open block, whether it is set off.
  std::vector<bool> blocks_;
};

}  // namespace

std::string from_manual(std::string_view text) { return is_docbook(text) ? from_docbook(text) : Markdown().run(text); }

}  // namespace evalctl::lsp
