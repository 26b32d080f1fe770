;;; A user of Emacs with eglot: `emacs --batch -l emacs.el'.  -*- lexical-binding: t; -*-

;; Environment: EVALCTL the program, EDITORS the folder editors/, FLEET a copy of corpus/fleet that may be changed.
;; Prints a line for each check; the last is `N passed, M failed'.

(dolist (directory (file-expand-wildcards "/usr/share/emacs/site-lisp/elpa*/*"))
  (add-to-list 'load-path directory))
(add-to-list 'load-path (expand-file-name "emacs" (getenv "EDITORS")))
(require 'evalctl)
(require 'cl-lib)

(defvar passed 0)
(defvar failed 0)
(defvar fleet (getenv "FLEET"))

(setq evalctl-command (list (getenv "EVALCTL") "lsp")
      eglot-sync-connect 60
      eglot-events-buffer-size 0
      eglot-confirm-server-initiated-edits nil
      make-backup-files nil
      create-lockfiles nil)

(defun check (what condition &optional found)
  (if condition
      (progn (cl-incf passed) (message "ok %s" what))
    (cl-incf failed)
    (message "FAIL %s: found %s" what (truncate-string-to-width (format "%S" found) 300))))

(defun eventually (what look &optional accept)
  "Waits until LOOK returns what ACCEPT takes."
  (let ((deadline (+ (float-time) 60)) found ok)
    (while (and (not ok) (< (float-time) deadline))
      (setq found (funcall look)
            ok (if accept (funcall accept found) found))
      (unless ok (accept-process-output nil 0.05)))
    (check what ok found)
    found))

(defun insert-before (text line)
  "Inserts TEXT before the first LINE, a regular expression, as its own lines."
  (goto-char (point-min))
  (re-search-forward line)
  (beginning-of-line)
  (insert text "\n")
  (eglot--signal-textDocument/didChange))

(defun go-to (text)
  (goto-char (point-min))
  (check (concat "finds " text) (search-forward text nil t))
  (goto-char (match-beginning 0)))

(defun diagnostics ()
  (flymake-start)
  (mapcar (lambda (d)
            (list (line-number-at-pos (flymake-diagnostic-beg d)) (flymake-diagnostic-type d) (flymake-diagnostic-text d)))
          (flymake-diagnostics)))

(defun any-with (word &optional type)
  (lambda (list)
    (cl-some (lambda (d) (and (string-match-p word (nth 2 d)) (or (not type) (eq (nth 1 d) type)))) list)))

(defun restore ()
  "The file as it is on disk."
  (revert-buffer t t t)
  (eglot--signal-textDocument/didChange))

(defun opens ()
  (find-file (expand-file-name "fleet.nix" fleet))
  (check "the mode is that for Nix" (derived-mode-p 'evalctl-nix-mode) major-mode)
  ;; No version control marks the root of the copy.
  (add-hook 'project-find-functions (lambda (_) (cons 'transient (file-name-as-directory fleet))))
  (apply #'eglot (eglot--guess-contact))
  (check "eglot manages the buffer" (eglot-managed-p)))

(defun gets-diagnostics ()
  (insert-before "  unused = 1;\n  broken = udnefined;" "^in$")
  (eventually "an unused binding is told" #'diagnostics (any-with "unused"))
  (eventually "an undefined name is an error" #'diagnostics (any-with "udnefined" 'eglot-error))
  (restore)
  (eventually "they go when the text is restored" #'diagnostics
              (lambda (list) (not (funcall (any-with "unused\\|udnefined") list)))))

(defun completions-here ()
  (let ((table (eglot-completion-at-point)))
    (mapcar #'substring-no-properties
            (all-completions (buffer-substring-no-properties (nth 0 table) (nth 1 table)) (nth 2 table)))))

(defun completes ()
  (insert-before "  y = inven;" "^in$")
  (go-to "inven;")
  (forward-char 5)
  (let ((found (completions-here)))
    (check "names in scope are offered" (member "inventory" found) found))
  (restore)
  (insert-before "  y = builtins.concatS;" "^in$")
  (go-to "concatS;")
  (forward-char 7)
  (let ((found (completions-here)))
    (check "builtins are offered behind the dot" (member "concatStringsSep" found) found))
  (restore))

(defun place () (list (file-name-nondirectory buffer-file-name) (line-number-at-pos) (current-column)))

(defun jumps ()
  (go-to "inherit inventory")
  (forward-word)
  (forward-char 2)
  (call-interactively #'xref-find-definitions)
  (check "the definition of inventory is found" (equal (place) '("fleet.nix" 10 2)) (place))
  (go-to "./packages/greet.nix")
  (forward-char 3)
  (call-interactively #'xref-find-definitions)
  (check "the definition of a path is the file" (equal (car (place)) "greet.nix") (place))
  (find-file (expand-file-name "fleet.nix" fleet)))

(defun describes ()
  (go-to "removeAttrs inventory")
  (let (said)
    (eglot-hover-eldoc-function (lambda (text &rest _) (setq said text)))
    (eventually "a builtin is described" (lambda () said)
                (lambda (text) (and text (string-match-p "removeAttrs" text))))))

(defun renames ()
  (go-to "inventory = {")
  (eglot-rename "hosts_of_fleet")
  (let ((text (buffer-string)))
    (check "all uses of a name are renamed" (not (string-match-p "[^.]\\_<inventory\\." text)))
    (check "an inherited attribute keeps its name" (string-match-p "inventory = hosts_of_fleet" text)))
  (restore))

(defun formats ()
  (go-to "domain = ")
  (search-forward "=")
  (insert "     ")
  (end-of-line)
  (insert "\n     web-02=\"10.20.0.12\"  ;")
  (eglot--signal-textDocument/didChange)
  (eglot-format-buffer)
  (check "the file is formatted"
         (string-match-p "\n    domain = \"fleet.example\";\n    web-02 = \"10.20.0.12\";\n" (buffer-string)))
  (restore))

(defun knows-options ()
  (find-file (expand-file-name "hosts/web-01.nix" fleet))
  (let ((host (current-buffer)) found (deadline (+ (float-time) 60)))
    (eventually "eglot manages the host" (lambda () (or (eglot-managed-p) (progn (eglot--maybe-activate-editing-mode) (eglot-managed-p)))))
    (while (and (not (equal (car found) "nginx.nix")) (< (float-time) deadline))
      (switch-to-buffer host)
      (goto-char (point-min))
      (search-forward "recommendedGzip")
      (ignore-errors (call-interactively #'xref-find-definitions))
      (setq found (place))
      (accept-process-output nil 0.3))
    (check "the declaration of an option is found" (equal (car found) "nginx.nix") found)
    (switch-to-buffer host)
    (insert-before "  services.nginx.recommendedP" "^  services.nginx = ")
    (goto-char (1- (point)))
    (let ((words (completions-here)))
      (check "options are completed" (cl-some (lambda (word) (string-match-p "recommendedProxySettings" word)) words) words))
    (restore)))

(defun face-at (text)
  (font-lock-ensure)
  (goto-char (point-min))
  (search-forward text)
  (get-text-property (match-beginning 0) 'face))

(defun colours-and-indents ()
  (with-temp-buffer
    (insert "let\na = ''\n  it's \"not # closed ''${x}\n'';\n# comment\nb = { c = [\n1 ];\n};\nin a\n")
    (delay-mode-hooks (evalctl-nix-mode))
    (check "a keyword has its face" (eq (face-at "let") 'font-lock-keyword-face))
    (check "an indented string has its face" (eq (face-at "not # closed") 'font-lock-string-face) (face-at "not # closed"))
    (check "a comment behind it too" (eq (face-at "comment") 'font-lock-comment-face) (face-at "comment"))
    (let ((inhibit-message t)) (indent-region (point-min) (point-max)))
    (check "lines are indented"
           (equal (buffer-string)
                  "let\n  a = ''\n  it's \"not # closed ''${x}\n'';\n  # comment\n  b = { c = [\n    1 ];\n  };\nin a\n")
           (buffer-string))))

(dolist (step '(opens gets-diagnostics completes jumps describes renames formats knows-options colours-and-indents))
  (condition-case reason
      (funcall step)
    (error (check (format "%s runs to its end" step) nil reason))))
(ignore-errors (let ((inhibit-message t)) (eglot-shutdown (eglot-current-server))))
(message "%d passed, %d failed" passed failed)
(kill-emacs (if (and (= failed 0) (> passed 0)) 0 1))
