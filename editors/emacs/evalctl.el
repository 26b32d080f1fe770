;;; evalctl.el --- Nix with the evalctl language server  -*- lexical-binding: t; -*-

;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; Version: 0.1.0
;; Keywords: languages

;;; Commentary:

;; (require 'evalctl)
;; (add-hook 'evalctl-nix-mode-hook #'eglot-ensure)
;;
;; Tells eglot to start `evalctl lsp' for Nix.  Where no other mode for Nix is installed, files named *.nix are opened in
;; `evalctl-nix-mode', a small mode for comments, strings, keywords and indentation.

;;; Code:

(require 'eglot)

(defgroup evalctl nil
  "The Nix language with evalctl."
  :group 'languages)

(defcustom evalctl-command '("evalctl" "lsp")
  "The program of the language server and its arguments."
  :type '(repeat string))

(defcustom evalctl-indent 2
  "How many columns an open bracket moves the next line in."
  :type 'integer
  :safe #'integerp)

(defcustom evalctl-format-on-save nil
  "Whether the server formats a buffer before it is saved."
  :type 'boolean)

(defvar evalctl-nix-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?/ ". 14b" table)
    (modify-syntax-entry ?* ". 23b" table)
    (modify-syntax-entry ?# "<" table)
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?- "_" table)
    (modify-syntax-entry ?_ "_" table)
    (modify-syntax-entry ?' "_" table)
    (modify-syntax-entry ?$ "." table)
    (modify-syntax-entry ?. "." table)
    table)
  "Names may have dashes and quotes in them.")

(defconst evalctl--keywords
  `((,(regexp-opt '("if" "then" "else" "assert" "with" "let" "in" "rec" "inherit" "or") 'symbols)
     . font-lock-keyword-face)
    (,(regexp-opt '("true" "false" "null" "builtins") 'symbols) . font-lock-constant-face)
    (,(regexp-opt '("abort" "baseNameOf" "derivation" "dirOf" "fetchGit" "fetchTarball" "fetchTree" "import" "isNull" "map"
                    "placeholder" "removeAttrs" "scopedImport" "throw" "toString")
                  'symbols)
     . font-lock-builtin-face)
    ("\\_<\\([[:alpha:]_][[:alnum:]_'-]*\\)[ \t]*=[^=]" 1 font-lock-variable-name-face)
    ("\\_<\\([[:alpha:]_][[:alnum:]_'-]*\\):[ \t\n]" 1 font-lock-variable-name-face)))

(defun evalctl--skip-indented ()
  "Moves from behind the opening quotes of an indented string to behind the closing ones; nil where there are none."
  (catch 'closed
    (while (re-search-forward "''\\(?:['$]\\|\\\\\\(?:.\\|\n\\)\\)\\|''\\|\\${\\|\\$[^{']" nil t)
      (pcase (match-string 0)
        ("''" (throw 'closed t))
        ("${" (evalctl--skip-interpolation))))))

(defun evalctl--skip-string ()
  "Moves from behind the opening quote of a string to behind the closing one; nil where there is none."
  (catch 'closed
    (while (re-search-forward "\\\\\\(?:.\\|\n\\)\\|\"\\|\\${\\|\\$[^{\"\\]" nil t)
      (pcase (match-string 0)
        ("\"" (throw 'closed t))
        ("${" (evalctl--skip-interpolation))))))

(defun evalctl--skip-interpolation ()
  "Moves from behind `${' to behind its brace."
  (let ((depth 1))
    (while (and (> depth 0) (re-search-forward "[{}\"#]\\|''\\|/\\*" nil 'move))
      (pcase (match-string 0)
        ("{" (setq depth (1+ depth)))
        ("}" (setq depth (1- depth)))
        ("\"" (evalctl--skip-string))
        ("''" (evalctl--skip-indented))
        ("#" (end-of-line))
        ("/*" (search-forward "*/" nil 'move))))))

(defun evalctl--fence (position)
  "Marks the character at POSITION as one that begins or ends a string."
  (put-text-property position (1+ position) 'syntax-table (string-to-syntax "|")))

(defun evalctl--close-indented (begin end)
  "Marks the end of the indented string at BEGIN and moves there, or to END if it is behind."
  (goto-char (+ begin 2))
  (if (and (evalctl--skip-indented) (<= (point) end))
      (evalctl--fence (1- (point)))
    (goto-char end)))

(defun evalctl--propertize (start end)
  "Marks the indented strings between START and END, interpolations and all.
A double quote in one, or a comment sign, begins nothing."
  (goto-char start)
  (let ((state (save-excursion (syntax-ppss start))))
    (when (eq (nth 3 state) t)
      (evalctl--close-indented (nth 8 state) end)))
  (while (and (< (point) end) (search-forward "''" end t))
    (let ((begin (- (point) 2)))
      ;; `x'' is a name.
      (unless (or (nth 8 (save-excursion (syntax-ppss begin)))
                  (save-excursion (goto-char begin) (looking-back "[[:alnum:]_'-]" (1- begin))))
        (evalctl--fence begin)
        (evalctl--close-indented begin end)))))

(defun evalctl-indent-line ()
  "Moves the line in as far as the brackets and the `let' around it say."
  (interactive)
  (let* ((state (save-excursion (syntax-ppss (line-beginning-position))))
         (column (and (not (nth 3 state)) (evalctl--column (nth 1 state)))))
    (if (not column)
        'noindent
      (save-excursion (indent-line-to column))
      (when (< (current-column) column) (move-to-column column)))))

(defun evalctl--column (open)
  "The column of the current line, whose nearest open bracket is at OPEN (nil: none)."
  (let ((base (if open (save-excursion (goto-char open) (current-indentation)) 0))
        (closing (save-excursion (back-to-indentation) (looking-at-p "[])}]")))
        (in (save-excursion (back-to-indentation) (looking-at-p "in\\_>")))
        (inside-let (evalctl--let-before open)))
    (+ base
       (if (and open (not closing)) evalctl-indent 0)
       (if (and inside-let (not in) (not closing)) evalctl-indent 0))))

(defun evalctl--let-before (open)
  "Whether a `let' without its `in' stands between OPEN and the current line, on the same level."
  (save-excursion
    (let ((limit (or open (point-min))) (depth 0) (position (line-beginning-position)))
      (goto-char (if open (1+ open) (point-min)))
      (while (re-search-forward "\\_<\\(?:let\\|in\\)\\_>" position t)
        (let ((state (save-match-data (save-excursion (syntax-ppss (match-beginning 0))))))
          (when (and (not (nth 8 state)) (eql (or (nth 1 state) (point-min)) limit))
            (setq depth (max 0 (+ depth (if (string= (match-string 0) "let") 1 -1)))))))
      (> depth 0))))

;;;###autoload
(define-derived-mode evalctl-nix-mode prog-mode "Nix"
  "A small mode for Nix."
  (setq-local comment-start "# ")
  (setq-local comment-end "")
  (setq-local comment-start-skip "#+[ \t]*")
  (setq-local indent-line-function #'evalctl-indent-line)
  (setq-local indent-tabs-mode nil)
  (setq-local tab-width 2)
  (setq-local syntax-propertize-function #'evalctl--propertize)
  (setq-local font-lock-defaults '(evalctl--keywords)))

;;;###autoload
(unless (or (assoc "\\.nix\\'" auto-mode-alist) (fboundp 'nix-mode))
  (add-to-list 'auto-mode-alist '("\\.nix\\'" . evalctl-nix-mode)))

(defun evalctl--contact (&rest _)
  "What eglot starts."
  evalctl-command)

(add-to-list 'eglot-server-programs '((nix-mode nix-ts-mode evalctl-nix-mode) . evalctl--contact))

(defun evalctl--before-save ()
  "Formats the buffer if the user wants that."
  (when (and evalctl-format-on-save (eglot-managed-p) (eglot--server-capable :documentFormattingProvider))
    (eglot-format-buffer)))

(add-hook 'eglot-managed-mode-hook
          (lambda ()
            (when (derived-mode-p 'evalctl-nix-mode 'nix-mode)
              (add-hook 'before-save-hook #'evalctl--before-save nil t))))

(provide 'evalctl)
;;; evalctl.el ends here
