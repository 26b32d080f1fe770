{ }.with
